"""SPDY/3.1 framing: round trips, pieces, and the published dictionary."""

from __future__ import annotations

import zlib

import pytest
from wherry.apimachinery import spdy


def test_the_dictionary_is_the_published_one() -> None:
    assert (len(spdy.DICTIONARY), zlib.adler32(spdy.DICTIONARY)) == (1423, 0xE3C6A7C2)


def test_headers_survive_the_shared_compression() -> None:
    client, server = spdy.Framer(), spdy.Framer()
    for stream in (1, 3, 5):
        headers = {"streamtype": "data", "port": "8888", "requestid": str(stream)}
        (frame,) = server.feed(client.syn_stream(stream, headers))
        assert (frame.kind, frame.stream, frame.headers) == (spdy.SYN_STREAM, stream, headers)
        (reply,) = client.feed(server.syn_reply(stream, {}))
        assert (reply.kind, reply.stream) == (spdy.SYN_REPLY, stream)


def test_frames_may_arrive_in_any_pieces() -> None:
    framer = spdy.Framer()
    wire = spdy.data_frame(1, b"hello") + spdy.ping(7) + spdy.data_frame(1, b"", fin=True)
    frames = [frame for byte in wire for frame in framer.feed(bytes((byte,)))]
    assert [(f.kind, f.data, f.flags, f.number) for f in frames] == [
        (spdy.DATA, b"hello", 0, 0),
        (spdy.PING, b"", 0, 7),
        (spdy.DATA, b"", spdy.FIN, 0),
    ]


def test_another_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="SPDY version"):
        spdy.Framer().feed(b"\x80\x02\x00\x01\x00\x00\x00\x00")


def test_headers_that_are_not_compressed_are_refused() -> None:
    with pytest.raises(ValueError, match="SPDY headers"):
        spdy.Framer().feed(b"\x80\x03\x00\x02\x00\x00\x00\x08\x00\x00\x00\x01junk")
