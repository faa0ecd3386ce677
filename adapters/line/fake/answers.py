"""What each endpoint of the fake LINE does. No sockets here: content and headers in, an answer out.

Every rule is one that LINE documents; where only the rule is documented and not the words, the words are ours.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

from adapters.line.fake.account import Account, Answered, Headers
from adapters.line.fake.checking import complaints
from adapters.line.fake.state import Accepted, Content, Json, Sent

TOKEN_LIFE = timedelta(minutes=20)  # after the event, however often it is redelivered
RETRY_KEY_LIFE = timedelta(hours=24)
USER = re.compile("U[0-9a-f]{32}")
NOT_FOUND = Answered(404, {"message": "Not found"})


def _invalid(found: list[tuple[str, str]]) -> Answered:
    details = [{"message": message, "property": place} for message, place in found]
    return Answered(400, {"message": f"The request body has {len(found)} error(s)", "details": details})


class Answers(Account):
    """The endpoints that read and change the account's state."""

    # -- sending -------------------------------------------------------------------------------------------------------

    def _reply(self, content: Json, headers: Headers) -> Answered:
        if "x-line-retry-key" in headers:
            return Answered(400, {"message": "The retry key can not be used with this endpoint"})
        if found := complaints(content.get("messages")):
            return _invalid(found)
        token = self.webhooks.reply_tokens.get(str(content.get("replyToken")))
        now = self.clock()
        if (
            token is None
            or token.used
            or now > token.received_at + self.reply_within
            or now > token.happened_at + TOKEN_LIFE
        ):
            return Answered(400, {"message": "Invalid reply token"})
        token.used = True
        return Answered(200, self._say(token.to, content["messages"], "reply"))

    def _push(self, content: Json, headers: Headers) -> Answered:
        key = headers.get("x-line-retry-key", "")
        if key and not _is_uuid(key):
            return Answered(400, {"message": "The retry key must be a UUID"})
        known = self.accepted.get(key)
        if known is not None and self.clock() < known.at + RETRY_KEY_LIFE:
            if known.body != content:
                self.violations.append(f"retry key {key} came again with another body")
            message = {"message": "The retry key is already accepted"}
            return Answered(409, message | known.answer, headers={"x-line-accepted-request-id": known.request_id})
        if found := complaints(content.get("messages")):
            return _invalid(found)
        if "to" not in content:
            return _invalid([("May not be empty", "to")])
        recipients = self._recipients(str(content["to"]))
        if recipients is None:
            return Answered(400, {"message": "Failed to send messages"})
        if self.monthly_limit is not None and self.monthly_used + recipients > self.monthly_limit:
            return Answered(429, {"message": "You have reached your monthly limit."})
        self.monthly_used += recipients
        answer = self._say(str(content["to"]), content["messages"], "push")
        if key:
            self.accepted[key] = Accepted(content, headers["x-line-request-id"], answer, self.clock())
        else:
            self.violations.append("a push came without a retry key")
        return Answered(200, answer)

    def _validate(self, content: Json, headers: Headers, way: str) -> Answered:
        found = complaints(content.get("messages"))
        return _invalid(found) if found else Answered(200)

    def _recipients(self, to: str) -> int | None:
        """How many people a push to there is charged for; None if it cannot be sent."""
        if to in self.people:
            return 1
        gathering = self.gatherings.get(to)
        return None if gathering is None or gathering.left else max(1, len(gathering.members))

    def _say(self, to: str, messages: list[Json], by: str) -> Json:
        person = self.people.get(to)
        reaches = person is None or not person.blocked
        told = []
        for message in messages:
            number = str(461_000_000_000_000_000 + next(self._message_ids))
            self.sent.append(Sent(to, message, number, by, reaches))
            quotable = message["type"] in ("text", "sticker", "image", "video", "template", "flex")
            token = f"quote-of-{number}"
            self.webhooks.quote_tokens[token] = number
            told.append({"id": number} | ({"quoteToken": token} if quotable else {}))
        return {"sentMessages": told}

    # -- what customers sent -------------------------------------------------------------------------------------------

    def _content(self, content: Json, headers: Headers, identity: str) -> Answered:
        kept = self.webhooks.contents.get(identity)
        if kept is None or kept.gone:
            return _not_there(kept)
        if kept.failed or kept.pending > 0:
            kept.pending -= 1
            return Answered(202, b"", "application/octet-stream")
        return Answered(200, kept.body, kept.mime)

    def _preview(self, content: Json, headers: Headers, identity: str) -> Answered:
        kept = self.webhooks.contents.get(identity)
        if kept is None or kept.gone:
            return _not_there(kept)
        if kept.kind not in ("image", "video"):
            return Answered(400, {"message": "The content can not be previewed"})
        return Answered(200, kept.body[:64], "image/jpeg")

    def _transcoding(self, content: Json, headers: Headers, identity: str) -> Answered:
        kept = self.webhooks.contents.get(identity)
        if kept is None or kept.gone:
            return _not_there(kept)
        if kept.kind not in ("video", "audio"):
            return Answered(400, {"message": "Transcoding status doesn't support this type of content"})
        state = "failed" if kept.failed else "processing" if kept.pending > 0 else "succeeded"
        return Answered(200, {"status": state})

    # -- people and places ---------------------------------------------------------------------------------------------

    def _profile(self, content: Json, headers: Headers, user: str) -> Answered:
        if not USER.fullmatch(user):
            return Answered(400, {"message": "The value for the 'userId' parameter is invalid"})
        person = self.people.get(user)
        if person is None or person.blocked or not person.friend:
            return NOT_FOUND
        picture = {"pictureUrl": person.picture} if person.picture else {}
        return Answered(200, {"displayName": person.name, "userId": user, "language": person.language} | picture)

    def _member(self, content: Json, headers: Headers, kind: str, place: str, user: str) -> Answered:
        gathering, person = self.gatherings.get(place), self.people.get(user)
        if gathering is None or gathering.left or person is None or user not in gathering.members:
            return NOT_FOUND
        picture = {"pictureUrl": person.picture} if person.picture else {}
        return Answered(200, {"displayName": person.name, "userId": user} | picture)

    def _summary(self, content: Json, headers: Headers, place: str) -> Answered:
        gathering = self.gatherings.get(place)
        if gathering is None or gathering.left:
            return NOT_FOUND
        picture = {"pictureUrl": gathering.picture} if gathering.picture else {}
        return Answered(200, {"groupId": place, "groupName": gathering.name} | picture)

    def _count(self, content: Json, headers: Headers, kind: str, place: str) -> Answered:
        gathering = self.gatherings.get(place)
        return NOT_FOUND if gathering is None else Answered(200, {"count": len(gathering.members)})

    def _leave(self, content: Json, headers: Headers, kind: str, place: str) -> Answered:
        if place not in self.gatherings:
            return NOT_FOUND
        self.gatherings[place].left = True
        return Answered(200)

    # -- signs of life -------------------------------------------------------------------------------------------------

    def _loading(self, content: Json, headers: Headers) -> Answered:
        found, chat, seconds = [], str(content.get("chatId", "")), content.get("loadingSeconds", 20)
        if not USER.fullmatch(chat):
            words = "Only user id is acceptable, please confirm if there are any group/room ids or illegal ids."
            found.append((words, "chatId"))
        if not isinstance(seconds, int) or not 5 <= seconds <= 60:
            found.append(("Must be between 5 and 60", "loadingSeconds"))
        if not isinstance(seconds, int) or seconds % 5:
            found.append(("must be a multiple of five", "loadingSeconds"))
        if found:
            return _invalid(found)
        self.loading.append((chat, seconds))
        self.loading_until[chat] = self.clock() + timedelta(seconds=seconds)
        return Answered(202)

    def _mark_read(self, content: Json, headers: Headers) -> Answered:
        if self.chat_mode != "chat":
            return Answered(400, {"message": "Failed to mark messages as read. Please ensure that chat is enabled."})
        message = self.webhooks.read_tokens.get(str(content.get("markAsReadToken")))
        if message is None:
            words = "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."
            return Answered(400, {"message": words})
        self.read.append(message)
        return Answered(200)

    # -- the account ---------------------------------------------------------------------------------------------------

    def _account(self, content: Json, headers: Headers) -> Answered:
        modes = {"chatMode": self.chat_mode, "markAsReadMode": "manual" if self.chat_mode == "chat" else "auto"}
        return Answered(200, {"userId": self.destination, "basicId": "@fake", "displayName": "Fake"} | modes)

    def _set_endpoint(self, content: Json, headers: Headers) -> Answered:
        endpoint = str(content.get("endpoint", ""))
        if not endpoint.startswith("https://") or len(endpoint) > 500:
            return _invalid([("Invalid webhook endpoint URL", "endpoint")])
        self.endpoint = endpoint
        return Answered(200)

    def _endpoint(self, content: Json, headers: Headers) -> Answered:
        if not self.endpoint:
            return Answered(404, {"message": "Webhook endpoint not found"})
        return Answered(200, {"endpoint": self.endpoint, "active": self.endpoint_active})

    async def _test_endpoint(self, content: Json, headers: Headers) -> Answered:
        """LINE calls it at once, with no event."""
        if not self.endpoint:
            return Answered(404, {"message": "Webhook endpoint not found"})
        delivery = await self.webhooks.deliver(self.truly(self.endpoint))
        reason = delivery.failure.upper() or "OK"
        told = {"success": delivery.accepted, "timestamp": self.clock().isoformat(), "statusCode": delivery.status}
        return Answered(200, told | {"reason": reason, "detail": str(delivery.status)})

    def _quota(self, content: Json, headers: Headers) -> Answered:
        if self.monthly_limit is None:
            return Answered(200, {"type": "none"})
        return Answered(200, {"type": "limited", "value": self.monthly_limit})

    def _consumption(self, content: Json, headers: Headers) -> Answered:
        return Answered(200, {"totalUsage": self.monthly_used})

    def handler(self, host: str, method: str, path: str) -> tuple[Endpoint, tuple[str, ...]] | None:
        """The endpoint of a host at a path, and the ids in the path."""
        for its_host, its_method, pattern, endpoint in ENDPOINTS:
            found = re.fullmatch(pattern, path)
            if found and (its_host, its_method) == (host, method):
                return getattr(self, endpoint.__name__), found.groups()
        return None


Endpoint = Callable[..., Answered | Awaitable[Answered]]

ENDPOINTS: tuple[tuple[str, str, str, Endpoint], ...] = (
    ("api", "POST", "/oauth2/v3/token", Answers.stateless_token),
    ("api", "POST", "/v2/oauth/accessToken", Answers.short_lived_token),
    ("api", "POST", "/v2/oauth/verify", Answers.verify_token),
    ("api", "POST", "/v2/bot/message/reply", Answers._reply),
    ("api", "POST", "/v2/bot/message/push", Answers._push),
    ("api", "POST", "/v2/bot/message/validate/(reply|push|multicast|narrowcast|broadcast)", Answers._validate),
    ("api", "GET", "/v2/bot/profile/([^/]+)", Answers._profile),
    ("api", "GET", "/v2/bot/(group|room)/([^/]+)/member/([^/]+)", Answers._member),
    ("api", "GET", "/v2/bot/(group|room)/([^/]+)/members/count", Answers._count),
    ("api", "GET", "/v2/bot/group/([^/]+)/summary", Answers._summary),
    ("api", "POST", "/v2/bot/(group|room)/([^/]+)/leave", Answers._leave),
    ("api", "POST", "/v2/bot/chat/loading/start", Answers._loading),
    ("api", "POST", "/v2/bot/chat/markAsRead", Answers._mark_read),
    ("api", "GET", "/v2/bot/info", Answers._account),
    ("api", "PUT", "/v2/bot/channel/webhook/endpoint", Answers._set_endpoint),
    ("api", "GET", "/v2/bot/channel/webhook/endpoint", Answers._endpoint),
    ("api", "POST", "/v2/bot/channel/webhook/test", Answers._test_endpoint),
    ("api", "GET", "/v2/bot/message/quota", Answers._quota),
    ("api", "GET", "/v2/bot/message/quota/consumption", Answers._consumption),
    ("data", "GET", "/v2/bot/message/([^/]+)/content", Answers._content),
    ("data", "GET", "/v2/bot/message/([^/]+)/content/preview", Answers._preview),
    ("data", "GET", "/v2/bot/message/([^/]+)/content/transcoding", Answers._transcoding),
)


def _not_there(kept: Content | None) -> Answered:
    return (
        Answered(404, {"message": "not found"}) if kept is None else Answered(410, {"message": "The content is gone"})
    )


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
