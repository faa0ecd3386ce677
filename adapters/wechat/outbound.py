"""Our parts as WeChat's messages. Pure. How they get there is `__init__.py` and `api.py`; files have been uploaded before.

A customer service message is JSON (`Said`), an answer inside the response to a push is XML (`passive`). Of the second kind we
write texts and articles only: a file would have to be uploaded first, and the response cannot wait for that.
https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
https://developers.weixin.qq.com/doc/service/en/Message_Management/Passive_user_reply_message.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.wechat.config import ApprovedTemplate
from channels import MediaLink
from channels.errors import Rejected
from channels.fit import options_of
from channels.parts import Audio, Button, Card, Choices, Image, Media, Part, Template, Text, Video

LONGEST_VOICE = 60  # seconds
TITLE, DESCRIPTION = 64, 500  # characters of an article that anybody sees
CLIENT_ID = 32  # characters of the key that tells a repeated template

Json = dict[str, Any]
Links = Mapping[str, MediaLink]


def uploaded_as(part: Part, links: Links) -> str:
    """The kind of file to upload for a part, or empty. A recording that is too long for WeChat goes out as a link."""
    match part:
        case Image():
            return "image"
        case Audio() if (link_of(part.media, links).seconds or part.seconds or 0) <= LONGEST_VOICE:
            return "voice"
        case Video():
            return "video"
        case _:
            return ""


def written(part: Part, links: Links, media_id: str) -> Json:
    """What `custom/send` takes besides the customer: `msgtype`, and the member of that name."""
    match part:
        case Text():
            return {"msgtype": "text", "text": {"content": part.text}}
        case Image():
            return {"msgtype": "image", "image": {"media_id": media_id}}
        case Audio() if media_id:
            return {"msgtype": "voice", "voice": {"media_id": media_id}}
        case Audio():
            return {"msgtype": "text", "text": {"content": _named(link_of(part.media, links))}}
        case Video():
            # WeChat asks for a picture and takes the film's own id for one.
            more = part.caption if len(part.caption) > TITLE else ""
            film = {
                "media_id": media_id,
                "thumb_media_id": media_id,
                "title": part.caption[:TITLE],
                "description": more,
            }
            return {"msgtype": "video", "video": film}
        case Choices():
            return menu(part.text, part.options)
        case Card() if options_of(part):
            return menu(_words(part, links), part.buttons)
        case Card() if link := _opens(part, links):
            return {"msgtype": "news", "news": {"articles": [_article(part, link, links)]}}
        case Card():
            return {"msgtype": "text", "text": {"content": _words(part, links)}}
        case _:
            raise Rejected(f"WeChat has no message for a part of type {part.type!r}.")


def menu(head: str, buttons: tuple[Button, ...]) -> Json:
    """A tap comes back as a text with the id. What opens something is a line, for a menu only answers."""
    lines = [head, *(_line(button) for button in buttons if button.url or button.phone)]
    answers = [button for button in buttons if not button.url and not button.phone]
    items = [{"id": button.payload or button.label, "content": button.label} for button in answers]
    if not items:
        return {"msgtype": "text", "text": {"content": "\n".join(filter(None, lines))}}
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": "\n".join(lines), "list": items, "tail_content": ""}}


def without_menu(said: Json) -> Json:
    """The same question for an account that may not send menus: its answers as lines, to be typed."""
    asked = said["msgmenu"]
    lines = [asked["head_content"], *(f"· {item['content']}" for item in asked["list"])]
    return {"msgtype": "text", "text": {"content": "\n".join(filter(None, lines))}}


def template(part: Template, approved: Mapping[str, ApprovedTemplate], key: str) -> tuple[str, Json]:
    """Where it is sent to, and what besides the customer.

    https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
    """
    known = approved.get(part.name)
    if known is None:
        raise Rejected(
            f"This channel has no template {part.name!r}: name it under `templates` in the channel's settings."
        )
    if len(part.values) != len(known.blanks):
        raise Rejected(
            f"The template {part.name!r} has {len(known.blanks)} blanks and was given {len(part.values)} values."
        )
    body: Json = {"template_id": known.id}
    body["data"] = {blank: {"value": value} for blank, value in zip(known.blanks, part.values, strict=True)}
    if known.subscription:
        return "/cgi-bin/message/subscribe/bizsend", body | ({"page": known.url} if known.url else {})
    body["client_msg_id"] = key.replace("-", "")[:CLIENT_ID]
    return "/cgi-bin/message/template/send", body | ({"url": known.url} if known.url else {})


def passive(part: Part, links: Links, customer: str, account: str, at: datetime) -> str:
    """The XML that answers a push, or empty for what cannot go back that way."""
    match part:
        case Text():
            content = f"<MsgType>{cdata('text')}</MsgType><Content>{cdata(part.text)}</Content>"
        case Card() if not options_of(part) and (link := _opens(part, links)):
            told = _article(part, link, links)
            names = {"title": "Title", "description": "Description", "picurl": "PicUrl", "url": "Url"}
            item = "".join(f"<{name}>{cdata(told[key])}</{name}>" for key, name in names.items() if key in told)
            content = f"<MsgType>{cdata('news')}</MsgType><ArticleCount>1</ArticleCount><Articles><item>{item}</item></Articles>"
        case _:
            return ""
    people = f"<ToUserName>{cdata(customer)}</ToUserName><FromUserName>{cdata(account)}</FromUserName>"
    return f"<xml>{people}<CreateTime>{int(at.timestamp())}</CreateTime>{content}</xml>"


def link_of(media: Media | None, links: Links) -> MediaLink:
    link = links.get(media) if isinstance(media, str) else None
    if link is None:
        raise Rejected(f"There is no link to the file {media!r} of this message.")
    return link


def _article(card: Card, url: str, links: Links) -> Json:
    article = {"title": card.title, "description": _described(card), "url": url}
    if card.media is not None:
        picture = link_of(card.media, links)
        article["picurl"] = picture.preview or picture.url
    return article


def _opens(card: Card, links: Links) -> str:
    """What a tap on a card opens: an article must open something. Nothing for a card that says more than an article shows."""
    if len(card.title) > TITLE or len(_described(card)) > DESCRIPTION:
        return ""
    if card.url:
        return card.url
    of_button = next((button.url for button in card.buttons if button.url), "")
    return of_button or (link_of(card.media, links).url if card.media is not None else "")


def _described(card: Card) -> str:
    return "\n".join(filter(None, (card.text, *(_line(button) for button in card.buttons))))


def _words(card: Card, links: Links) -> str:
    """All of a card in words, its picture as a link; its buttons, if they are answers, come under it."""
    picture = link_of(card.media, links).url if card.media is not None else ""
    lines = (_line(button) for button in card.buttons if not options_of(card))
    return "\n".join(filter(None, (card.title, card.text, card.url, *lines, picture)))


def _line(button: Button) -> str:
    return f"{button.label}: {button.url or button.phone}"


def _named(link: MediaLink) -> str:
    return f"{link.name}: {link.url}" if link.name else link.url


def cdata(text: str) -> str:
    """As WeChat's own examples have texts, and without the control characters that no XML can have."""
    text = "".join(mark for mark in text if mark >= " " or mark in "\n\t")
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
