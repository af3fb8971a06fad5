"""What is written together is sent together, and an answer is read though the sending failed."""

import socket
import ssl
import threading

import trustme

from models.service.network import Network
from models.service.places import Places
from tests.unit.endpoints import openai_at
from tests.unit.service.test_transport import read
from tests.wire.raw_server import whole


def places() -> Places:
    """Room for one connection."""
    return Places(1, lambda: None)


def test_a_requests_head_and_body_are_one_piece_on_the_network() -> None:
    """Over TLS, of which one read gives one record, however many have come."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    pieces: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        with tls.wrap_socket(listening.accept()[0], server_side=True) as connection:
            pieces.append(connection.recv(1 << 16))
            connection.sendall(whole(b"ok"))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        served = threading.Thread(target=serve, args=(listening,), daemon=True)
        served.start()
        base = f"https://127.0.0.1:{listening.getsockname()[1]}"
        trusted = authority.cert_pem.bytes().decode()
        assert read(openai_at(base=base, ca_certificate=trusted), "question") == b"ok"
        served.join(5)
    head, body = pieces[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST ")
    assert body == b'{"input":"question"}'


def test_what_was_answered_before_all_was_sent_is_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connection = Network(places()).connect_tcp(*listening.getsockname())
        with listening.accept()[0] as service:
            service.sendall(b"an answer")
            connection.write(b"a request")
            # From here on nothing can be sent.
            connection.get_extra_info("socket").shutdown(socket.SHUT_WR)
            assert connection.read(100) == b"an answer"
        connection.close()
