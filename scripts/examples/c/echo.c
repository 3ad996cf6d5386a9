/* An echo server on libsoup: echo PORT
   cc -o echo echo.c $(pkg-config --cflags --libs libsoup-3.0) */
#include <libsoup/soup.h>
#include <stdlib.h>

static void message(SoupWebsocketConnection *peer, SoupWebsocketDataType type, GBytes *data,
                    gpointer unused) {
    (void)unused;
    soup_websocket_connection_send_message(peer, type, data);
}

static void connected(SoupServer *server, SoupServerMessage *request, const char *path,
                      SoupWebsocketConnection *peer, gpointer unused) {
    (void)server, (void)request, (void)path, (void)unused;
    soup_websocket_connection_set_max_incoming_payload_size(peer, 16 << 20);
    g_signal_connect(peer, "message", G_CALLBACK(message), NULL);
    g_signal_connect(peer, "closed", G_CALLBACK(g_object_unref), NULL);
    g_object_ref(peer);
}

int main(int argc, char **argv) {
    SoupServer *server = soup_server_new("server-header", "echo", NULL);
    soup_server_add_websocket_handler(server, NULL, NULL, NULL, connected, NULL, NULL);
    if (!soup_server_listen_local(server, argc > 1 ? (guint)atoi(argv[1]) : 9001,
                                  SOUP_SERVER_LISTEN_IPV4_ONLY, NULL))
        return 1;
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
}
