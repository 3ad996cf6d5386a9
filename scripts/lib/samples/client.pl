#!/usr/bin/perl
# The driver of Debian's libmojolicious-perl: `client.pl URL AGENT` runs all cases of a `wsconform client`, several at
# once, and asks for its reports.
use Mojo::Base -strict, -signatures;
use Mojo::IOLoop;
use Mojo::Promise;
use Mojo::URL;
use Mojo::UserAgent;

my ($base, $agent) = ($ARGV[0] =~ s{/$}{}r, $ARGV[1]);
my $ua = Mojo::UserAgent->new(max_redirects => 0, inactivity_timeout => 60, max_connections => 0);

# A promise of the last message, kept when the connection has ended.
sub session ($path, $echo, %query) {
    my ($promise, $last) = (Mojo::Promise->new, '');
    my $url = Mojo::URL->new("$base$path");
    $url->query(%query) if %query;
    $ua->websocket($url => {'Sec-WebSocket-Extensions' => 'permessage-deflate'} => sub ($ua, $tx) {
        return $promise->resolve('') unless $tx->is_websocket;
        $tx->max_websocket_size(80 << 20);
        for my $type (qw(text binary)) {
            $tx->on($type => sub ($tx, $octets) {
                $last = $octets;
                $tx->send({$type => $octets}) if $echo;
            });
        }
        $tx->on(finish => sub { $promise->resolve($last) });
    });
    return $promise->timeout(60)->catch(sub { '' });
}

my ($next, $count) = (1, 0);
sub work { return $next > $count ? undef : session('/runCase', 1, case => $next++, agent => $agent)->then(\&work) }

session('/getCaseCount', 0)->then(sub ($text) {
    $count = $text;
    return Mojo::Promise->all(map { work() // () } 1 .. 8);
})->then(sub { session('/updateReports', 0, agent => $agent) })->wait;
