"""Programs that are hard to get rid of, and servers; one per word."""
import os
import signal
import socket
import sys
import time


def forever():
    while True:
        time.sleep(1000)


def say(word):
    os.write(1, (word + "\n").encode())


def daemonise():
    """Classic: fork, setsid, fork, and the parents end."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)


def daemon():
    daemonise()
    say("ready")
    forever()


def family():
    """Stays, with a child in its own session and a daemon."""
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            daemonise()
            say("ready")
            forever()
    forever()


def deaf():
    """Ignores what can be ignored; so does its child in another session."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        say("ready")
    forever()


def respawn():
    """Two daemons, each of which replaces the other when it dies."""
    daemonise()

    def guard(generation):
        # Both hold both ends' other side: end of file = the twin died.
        while True:
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                os.setsid()
                os.close(read)
                if generation == 0:
                    say("ready")
                # Watches its parent: orphaned = the guard was killed.
                parent = os.getppid()
                while os.getppid() == parent:
                    time.sleep(0.0002)
                generation += 1
                os.close(write)
                continue
            os.close(write)
            os.read(read, 1)
            os.close(read)
            os.waitpid(child, 0)
            generation += 1

    guard(0)


def hop():
    """Never the same pid for long: forks, sets a session, ends; eight times."""
    for _ in range(8):
        if os.fork() == 0:
            say("ready")
            while True:
                if os.fork():
                    os._exit(0)
                os.setsid()
    forever()


def stopped():
    """Its child is stopped, and would be hard to ask politely."""
    child = os.fork()
    if child == 0:
        forever()
    os.kill(child, signal.SIGSTOP)
    say("ready")
    forever()


def polite():
    """Ends 30 ms after it was asked to, saying so."""
    def leave(number, frame):
        time.sleep(0.03)
        say("goodbye")
        os._exit(7)
    signal.signal(signal.SIGTERM, leave)
    say("ready")
    forever()


def flood(megabytes):
    block = (b"x" * 1023 + b"\n") * 1024
    for _ in range(int(megabytes)):
        _write_all(block)
    _write_all(b"the last line\n")


def _write_all(data):
    view = memoryview(data)
    while view:
        view = view[os.write(1, view):]


def serve(*addresses):
    """Listens on each ADDRESS/PORT; in a child of a child, as servers do."""
    held = []
    for address in addresses:
        host, port = address.rsplit("/", 1)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server = socket.socket(family, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind((host, int(port)))
        server.listen()
        held.append(server)
    say("ready")
    forever()


def daemon_serve(*addresses):
    daemonise()
    serve(*addresses)


def outlive_keeper():
    """Kills its keeper: the parent of the process it was started as."""
    if os.fork() == 0:
        os.setsid()
        say("ready")
        forever()
    time.sleep(0.05)
    os.kill(os.getppid(), signal.SIGKILL)
    forever()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
