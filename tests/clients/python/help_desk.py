"""A help desk's program: lists, lends, verifies, resyncs and takes back tokens, and reads refusals.

A model to copy from: `Connection` and `Refused` are what every program needs, `main` is the day at the desk. It checks
what it sees and ends with exit 1 at the first thing that is not right, so that it is a test of the server as well.

    help_desk.py SERVER DESK VERIFIER PRACTICE

SERVER is HOST:PORT. DESK and VERIFIER are profile folders as `tokenadm operator add` writes them, of an operator with
the role desk and of one with the role verifier. PRACTICE is a folder of `tokenadm practice new`: at least four tokens,
all in stock, the last one's clock 310 s slow. `tokenadm` is on the PATH. The modules below `tokenfleet` come from the
protos:

    python -m grpc_tools.protoc -I proto --python_out OUT --grpc_python_out OUT proto/tokenfleet/v1/*.proto
"""

import subprocess
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import grpc
from google.rpc.error_details_pb2 import ErrorInfo, Help, LocalizedMessage, RequestInfo, RetryInfo
from grpc_status import rpc_status
from tokenfleet.v1 import authentication_pb2, code_pb2, common_pb2, lending_pb2, token_pb2
from tokenfleet.v1.authentication_pb2_grpc import AuthenticationServiceStub
from tokenfleet.v1.code_pb2_grpc import CodeServiceStub
from tokenfleet.v1.lending_pb2_grpc import LendingServiceStub
from tokenfleet.v1.token_pb2_grpc import TokenServiceStub

# Seconds a call may take. A call without a deadline can wait for ever.
DEADLINE = 10
# Has gRPC repeat by itself what the server could not take just now; each deed's request_id makes that safe.
RETRIES = Path(__file__).resolve().parents[3] / "docs" / "service-config.json"


class Connection:
    """One operator's connection over mutual TLS. Keep one for as long as the program runs; threads may share it."""

    def __init__(self, server, profile, language):
        """`language` is that of the person who reads what the server says: `en` or `ja`."""
        authority, certificate, key = ((profile / name).read_bytes() for name in ("ca.pem", "cert.pem", "key.pem"))
        credentials = grpc.ssl_channel_credentials(authority, key, certificate)
        options = (("grpc.service_config", RETRIES.read_text()),)
        channel = grpc.secure_channel(server, credentials, options)
        self.metadata = (("accept-language", language),)
        self.authentication = AuthenticationServiceStub(channel)
        self.codes = CodeServiceStub(channel)
        self.lending = LendingServiceStub(channel)
        self.tokens = TokenServiceStub(channel)

    def call(self, rpc, request, deadline=DEADLINE):
        """Calls with a deadline. Raises `Refused` where the server says no, RpcError where it could not be asked or its
        answer did not come in time."""
        try:
            return rpc(request, timeout=deadline, metadata=self.metadata)
        except grpc.RpcError as error:
            raise Refused.of(error) from None

    def pages(self, **question):
        """Every page of a list. A page may be shorter than asked for and still not be the last: follow the token."""
        request = token_pb2.ListTokensRequest(page_size=2, **question)
        while True:
            page = self.call(self.tokens.ListTokens, request)
            yield page.tokens
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token


class Refused(Exception):
    """A refusal. `reason` and `code` are for programs and stay as they are; `message` and `hint` are for people."""

    @classmethod
    def of(cls, error):
        """Reads the details of an error. Where it has none the server did not answer, and it stays as it is."""
        status = rpc_status.from_call(error)
        if status is None:
            return error
        no = cls(f"{error.code().name}: {status.message}")
        kinds = (ErrorInfo, LocalizedMessage, Help, RequestInfo, RetryInfo)
        info, words, help_links, request, retry = (unpacked(status, kind) for kind in kinds)
        no.status = error.code()
        no.reason, no.code = info.reason, info.metadata["code"]
        no.language, no.message = words.locale, words.message
        no.hint = help_links.links[0].description
        no.request_id = request.request_id  # for your log: it finds the line in the server's
        no.retry_after = retry.retry_delay.ToTimedelta()  # zero where waiting does not help
        return no


def unpacked(status, kind):
    """The detail of one kind; an empty one where the server sent none."""
    detail = kind()
    for packed in status.details:
        packed.Unpack(detail)  # does nothing to those of another kind
    return detail


def new_id():
    """The request_id of a new deed. After UNAVAILABLE or DEADLINE_EXCEEDED send the same request with the same id once
    more: what was done is not done twice, and its answer comes again."""
    return str(uuid.uuid4())


def main(server, desk_profile, verifier_profile, practice):
    desk = Connection(server, Path(desk_profile), language="ja")
    system = Connection(server, Path(verifier_profile), language="en")
    serials = sorted(file.stem for file in Path(practice, "devices").iterdir())
    first, second, third, slow = *serials[:3], serials[-1]
    # Whom they are lent to: ten digits each, the IDs of nobody.
    hanako, taro, saburo, jiro = (serial.rjust(10, "0") for serial in (first, second, third, slow))

    # Looking.
    pages = list(desk.pages())
    listed = [token.serial for page in pages for token in page]
    assert set(serials) <= set(listed) and len(listed) == len(set(listed))
    assert len(pages) > 1 and all(len(page) <= 2 for page in pages)
    ok("every token is listed once, two a page")

    # Lending.
    loan = lending_pb2.AssignTokenRequest(
        token=first, user=hanako, checked=lending_pb2.CHECKED_STAFF_CARD, request_id=new_id()
    )
    try:
        raise AssertionError(desk.call(desk.lending.AssignToken, loan, deadline=0))
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    ok("a deadline ends the wait; whether the deed was done is not known then")
    lent = desk.call(desk.lending.AssignToken, loan)
    assert lent.token.user_id == hanako and lent.token.custody == common_pb2.CUSTODY_LENT
    ok("a token is lent, by the same request")
    assert desk.call(desk.lending.AssignToken, loan) == lent
    ok("the same request again gives the same answer")
    loan.user = taro
    no = refused(desk, desk.lending.AssignToken, loan)
    assert no.status == grpc.StatusCode.FAILED_PRECONDITION
    assert (no.reason, no.code) == ("REQUEST_ID_REUSED", "TF-1019")
    ok("its request_id can't be used for another")
    pages = desk.pages(filter=f'custody = "LENT" AND user = "{hanako}"')
    assert [token.serial for page in pages for token in page] == [first]
    ok("a filter finds what a person holds")

    # Verifying, with the person and the token at the desk.
    attempt = code_pb2.VerifyTokenRequest(token=first, code=shown(practice, first), request_id=new_id())
    verified = desk.call(desk.codes.VerifyToken, attempt)
    assert verified.token.state == common_pb2.TOKEN_STATE_LENT
    assert verified.verdict.inside_window and verified.verdict.advice == common_pb2.ADVICE_NOTHING
    ok("a code is accepted")
    assert desk.call(desk.codes.VerifyToken, attempt) == verified
    ok("the same request again gives the same answer, though the code is used")
    attempt.request_id = new_id()
    no = refused(desk, desk.codes.VerifyToken, attempt)
    assert no.status == grpc.StatusCode.FAILED_PRECONDITION
    assert (no.reason, no.code, no.language) == ("CODE_REPLAYED", "TF-2102", "ja")
    assert first in no.message and japanese(no.message) and japanese(no.hint)
    assert len(no.request_id) == 16 and not no.retry_after
    ok("the code counts once, and the refusal says why and what to do, in Japanese")
    print(f"   {no.reason} {no.code}: {no.message}\n   {no.hint}")

    # Guessing is slowed down, and the refusal says how long to wait.
    loan = lending_pb2.AssignTokenRequest(token=third, user=saburo, request_id=new_id())
    desk.call(desk.lending.AssignToken, loan)
    guess = code_pb2.VerifyTokenRequest(token=third, code=shown(practice, third, "--at", "2020-01-01T00:00:00Z"))
    for reason in ["CODE_WRONG"] * 3 + ["TOKEN_LOCKED_OUT"]:
        guess.request_id = new_id()
        no = refused(desk, desk.codes.VerifyToken, guess)
        assert no.reason == reason
    assert no.status == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert timedelta() < no.retry_after <= timedelta(seconds=30)
    ok("after three wrong codes the refusal says how long to wait")

    # A token whose clock has gone wrong: two codes that follow each other set it right.
    loan = lending_pb2.AssignTokenRequest(token=slow, user=jiro, request_id=new_id())
    desk.call(desk.lending.AssignToken, loan)
    now = datetime.now(timezone.utc)
    codes = [shown(practice, slow, "--at", moment.isoformat()) for moment in (now - timedelta(seconds=30), now)]
    attempt = code_pb2.VerifyTokenRequest(token=slow, code=codes[0], request_id=new_id())
    assert refused(desk, desk.codes.VerifyToken, attempt).reason == "CODE_WRONG"
    ok("a slow token's code is refused")
    resync = code_pb2.ResyncTokenRequest(token=slow, codes=codes, request_id=new_id())
    resynced = desk.call(desk.codes.ResyncToken, resync)
    assert abs(resynced.verdict.offset_seconds + 310) <= 60 and not resynced.verdict.inside_window
    assert resynced.token.clock_offset_seconds == resynced.verdict.offset_seconds
    ok("two codes bring it into step again")

    # A relying system learns yes or no, nothing else.
    loan = lending_pb2.AssignTokenRequest(token=second, user=taro, request_id=new_id())
    desk.call(desk.lending.AssignToken, loan)
    question = authentication_pb2.VerifyCodeRequest(
        user=taro, code=shown(practice, second), request_id=new_id()
    )
    answer = system.call(system.authentication.VerifyCode, question)
    assert answer.result == authentication_pb2.VerifyCodeResponse.RESULT_ACCEPTED
    ok("a relying system is told yes")
    question.request_id = new_id()
    answer = system.call(system.authentication.VerifyCode, question)
    assert answer.result == authentication_pb2.VerifyCodeResponse.RESULT_REJECTED
    ok("a relying system is told no")
    no = refused(system, system.tokens.ListTokens, token_pb2.ListTokensRequest())
    assert no.status == grpc.StatusCode.PERMISSION_DENIED and no.reason == "ROLE_MISSING"
    assert no.language == "en" and not japanese(no.message)
    ok("a relying system may not look")

    # Taking back.
    for person in (hanako, taro, saburo, jiro):
        back = lending_pb2.ReturnTokenRequest(
            user=person, reason=lending_pb2.RETURN_REASON_LEAVING, request_id=new_id()
        )
        returned = desk.call(desk.lending.ReturnToken, back)
        assert returned.returned_by == person and returned.token.user_id == ""
    ok("the tokens are taken back")


def refused(connection, rpc, request):
    """The refusal that a call must end with."""
    try:
        connection.call(rpc, request)
    except Refused as no:
        return no
    raise AssertionError(f"{type(request).__name__} was to be refused")


def ok(what):
    print(f"ok {what}")


def shown(practice, serial, *options):
    """What a made-up token shows; a real one's code is read off it by the person."""
    command = ["tokenadm", "practice", "code", serial, "--dir", practice, *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def japanese(text):
    return any("\u3041" <= character <= "\u30ff" for character in text)


if __name__ == "__main__":
    main(*sys.argv[1:])
