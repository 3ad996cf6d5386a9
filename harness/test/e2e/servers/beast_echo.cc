// Echo server of Debian's Boost.Beast: `beast_echo PORT`. A thread for each connection, blocking calls.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdlib>
#include <thread>
#include <utility>

namespace beast = boost::beast;
using boost::asio::ip::tcp;

static void serve(tcp::socket socket) {
    beast::error_code error;
    beast::websocket::stream<tcp::socket> stream(std::move(socket));
    stream.read_message_max(std::size_t{80} << 20);
    stream.accept(error);
    while (!error) {
        beast::flat_buffer message;
        stream.read(message, error);
        if (error) break;
        stream.text(stream.got_text());
        stream.write(message.data(), error);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    boost::asio::io_context context;
    const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
    tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
    for (;;) {
        tcp::socket socket(context);
        acceptor.accept(socket);
        socket.set_option(tcp::no_delay(true));
        std::thread(serve, std::move(socket)).detach();
    }
}
