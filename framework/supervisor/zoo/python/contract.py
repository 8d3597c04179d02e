"""What a plugin in another language needs: the handshake line, AutoMTLS, a gRPC
server and the published .proto files. Nothing here comes from the SDK.

The message classes are made of a descriptor set of sdk/proto (protoc
--descriptor_set_out writes the same); a vendor would rather generate code.
"""

import base64
import datetime
import os
import sys
import threading

import grpc
from concurrent import futures
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

CONTRACT = 1
PACKAGE = "aisle.plugin.v1."


def messages(path):
    """The message classes of a descriptor set, by name."""
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as f:
        files.ParseFromString(f.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName(PACKAGE + name))


def certificate():
    """A key and a certificate as go-plugin's AutoMTLS wants them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.utcnow()
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem, cert


class Services(grpc.GenericRpcHandler):
    """Serves calls as bytes: methods maps "/service/Method" to a function of
    (request, context) -> bytes, streams to one of (requests, context) -> bytes..."""

    def __init__(self, methods, streams):
        self.methods, self.streams = methods, streams

    def service(self, details):
        if details.method in self.methods:
            return grpc.unary_unary_rpc_method_handler(self.methods[details.method])
        if details.method in self.streams:
            return grpc.stream_stream_rpc_method_handler(self.streams[details.method])
        if details.method == "/plugin.GRPCBroker/StartStream":
            return grpc.stream_stream_rpc_method_handler(hold)
        if details.method == "/plugin.GRPCController/Shutdown":
            return grpc.unary_unary_rpc_method_handler(lambda request, context: os._exit(0))
        return None


def hold(requests, context):
    """Keeps a stream open that go-plugin wants to see and nobody uses."""
    ended = threading.Event()
    context.add_callback(ended.set)
    ended.wait()
    return iter(())


def serve(methods, streams, mutual=True, contract=CONTRACT, secure=True):
    """Serves until the process ends."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=32),
        handlers=[Services(methods, streams)],
        options=[("grpc.max_receive_message_length", 4 << 20), ("grpc.so_reuseport", 0)],
    )
    path = os.path.join(os.environ["PLUGIN_UNIX_SOCKET_DIR"], "py.sock")
    key, cert = certificate()
    if secure:
        client = os.environ["PLUGIN_CLIENT_CERT"].encode() if mutual else None
        credentials = grpc.ssl_server_credentials(
            [(key, cert.public_bytes(serialization.Encoding.PEM))], client, mutual
        )
        server.add_secure_port("unix:" + path, credentials)
    else:
        server.add_insecure_port("unix:" + path)
    server.start()
    der = base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).rstrip(b"=").decode()
    print("1|%d|unix|%s|grpc|%s" % (contract, path, der), flush=True)
    watch()
    server.stop(0.5).wait()


def watch():
    """Returns when the host has let go: the life-line's end of file says so, or SIGTERM."""
    import signal

    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    line = os.environ.get("AISLE_LIFELINE")
    if line:

        def read():
            while os.read(int(line), 1):
                pass
            ended.set()

        threading.Thread(target=read, daemon=True).start()
    while not ended.wait(0.2):
        pass


def say(text):
    print(text, file=sys.stderr, flush=True)
