#!/usr/bin/perl
# The echo server of Debian's libmojolicious-perl: `server.pl PORT`.
use Mojolicious::Lite -signatures;
use Mojo::IOLoop;

websocket '/*where' => {where => ''} => sub ($c) {
    $c->tx->with_compression;
    $c->tx->max_websocket_size(80 << 20);
    $c->on(text   => sub ($c, $octets) { $c->send({text => $octets}) });
    $c->on(binary => sub ($c, $octets) { $c->send({binary => $octets}) });
};
any '/*where' => {where => ''} => sub ($c) { $c->render(text => "A WebSocket server.\n", status => 426) };
app->log->level('fatal');
app->start('daemon', '-m', 'production', '-l', "http://127.0.0.1:$ARGV[0]");
