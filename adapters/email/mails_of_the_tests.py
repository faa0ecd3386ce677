"""The corpus: mails made for this project after the standards and after what clients do against them. `MAILS` is name -> bytes.

They are built and not kept as files, so that a charset, a boundary or a million bytes can be read here as what they are.
"""

from __future__ import annotations

import base64
import io
import quopri

from adapters.email.threads import mark_of, message_id, reply_address
from adapters.email.winmails_of_the_tests import SILENT, WINMAILS

OWN, SECRET = "help@shop.example", "a-secret-for-marks-of-the-tests"
KEY, ANN = "0b5a3d0e-6c0f-4f55-9a51-6d2f6c1f9a01", "ann@mail.example"
MARK = mark_of(KEY, ANN, SECRET)
OURS, ANSWERS = message_id(MARK, OWN), reply_address(MARK, OWN)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(24))
PDF = base64.b64encode(b"%PDF-1.4 made up")
ICS = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:u1\r\nSUMMARY:Fitting\\, first\r\nDTSTART:20260310T090000Z\r\n\
DTEND:20260310T100000Z\r\nLOCATION:Shop\r\n  floor 2\r\nORGANIZER;CN=Ann:mailto:ann@mail.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def mail(*headers: str | bytes, body: bytes = b"Hello", sender: str = "Ann <ann@mail.example>") -> bytes:
    """A mail from Ann with these headers besides the usual ones."""
    lines = [f"From: {sender}".encode(), b"To: help@shop.example", b"Message-ID: <c1@mail.example>"]
    lines += [each if isinstance(each, bytes) else each.encode() for each in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def text(body: bytes, charset: str, encoding: str = "8bit", *headers: str | bytes) -> bytes:
    return mail(
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset}",
        f"Content-Transfer-Encoding: {encoding}",
        *headers,
        body=body,
    )


def part(body: bytes, *headers: str | bytes) -> bytes:
    lines = [each if isinstance(each, bytes) else each.encode() for each in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def multi(kind: str, *parts: bytes, mark: str = "b0", end: bytes = b"--", extra: str = "") -> bytes:
    """The headers and the body of a multipart, as one part."""
    head = f"Content-Type: multipart/{kind}; boundary={mark}{extra}\r\n\r\n".encode()
    line = b"--" + mark.encode()
    return head + b"".join(line + b"\r\n" + each + b"\r\n" for each in parts) + line + end + b"\r\n"


def whole(inner: bytes, *headers: str | bytes, sender: str = "Ann <ann@mail.example>") -> bytes:
    """A mail whose content is a part with headers of its own."""
    head, _, body = inner.partition(b"\r\n\r\n")
    return mail("MIME-Version: 1.0", *headers, head, body=body, sender=sender)


PLAIN = part(b"Hello", "Content-Type: text/plain; charset=utf-8")
RICH = part(b"<p>Hello <b>you</b></p>", "Content-Type: text/html; charset=utf-8")
B64 = "Content-Transfer-Encoding: base64"


def attached(*disposition: str | bytes, mime: str = "application/pdf", body: bytes = PDF) -> bytes:
    return whole(multi("mixed", PLAIN, part(body, f"Content-Type: {mime}", B64, *disposition)))


def packed(raw: bytes, *before: bytes, name: str = "winmail.dat") -> bytes:
    """A mail with what Outlook packed."""
    kind, body = f'Content-Type: application/ms-tnef; name="{name}"', base64.encodebytes(raw)
    return whole(multi("mixed", *before, part(body, kind, B64)))


def words(*lines: str) -> bytes:
    return text("\r\n".join(lines).encode(), "utf-8")


def report(*fields: str, back: bytes = b"", kind: str = "delivery-status") -> bytes:
    """What a mail server sends about a mail of ours."""
    returned = back or f"Message-ID: {OURS}\r\nSubject: Your bike".encode()
    inner = multi(
        "report",
        part(b"It did not work.", "Content-Type: text/plain"),
        part("\r\n".join(fields).encode(), f"Content-Type: message/{kind}"),
        part(returned, "Content-Type: text/rfc822-headers"),
        extra=f"; report-type={kind}",
    )
    return whole(inner, "Return-Path: <>", sender="MAILER-DAEMON@mail.example")


def nested(depth: int) -> bytes:
    levels = b"".join(f"Content-Type: multipart/mixed; boundary=n{n}\r\n\r\n--n{n}\r\n".encode() for n in range(depth))
    return b"From: ann@mail.example\r\n" + levels + b"\r\nDeep words"


def quoted_printable(raw: bytes) -> bytes:
    out = io.BytesIO()
    quopri.encode(io.BytesIO(raw), out, quotetabs=False)
    return out.getvalue()


RECIPIENT = ("Final-Recipient: rfc822; ann@mail.example", "Action: failed", "Status: 5.1.1")
CHINESE = "你好,我的自行车修好了吗?镕"  # the last character is in GB 18030 and not in GB 2312

MAILS: dict[str, bytes] = {
    # -- character sets
    "utf8": text("Grüezi 你好 🚲".encode(), "utf-8"),
    "gb2312_that_is_gb18030": text(
        CHINESE.encode("gb18030"),
        "gb2312",
        "8bit",
        "Subject: =?gb2312?B?" + base64.b64encode("镕的车".encode("gb18030")).decode() + "?=",
    ),
    "gbk_base64": text(base64.b64encode(CHINESE.encode("gbk")), "GBK", "base64"),
    "big5": text("您好,我的腳踏車".encode("big5"), "big5"),
    "big5_hong_kong": text("我哋嘅單車喺邊".encode("big5hkscs"), "big5"),
    "iso2022jp": text("こんにちは、自転車は".encode("iso2022_jp"), "iso-2022-jp", "7bit"),
    "shift_jis_of_windows": text("①番の自転車".encode("cp932"), "shift_jis"),
    "korean": text("안녕하세요 똠방".encode("cp949"), "ks_c_5601-1987"),
    "latin1_that_is_windows": text("It\u2019s 5 \u20ac".encode("cp1252"), "iso-8859-1"),
    "latin1_that_is_utf8": text("Grüße aus Köln".encode(), "iso-8859-1"),
    "ascii_that_is_utf8": text("naïve café".encode(), "us-ascii"),
    "utf8_that_is_gbk": text(CHINESE.encode("gbk"), "utf-8"),
    "no_charset_gbk": mail("Subject: hi", body=CHINESE.encode("gbk")),
    "unknown_charset": text("Здравствуйте".encode(), "x-martian"),
    "python_codec_as_charset": text(b"plain words", "rot13"),
    "dangerous_codec": text(b"\\u0041 words", "unicode_escape"),
    "utf7": text(b"+T2BZfQ- Hi", "unicode-1-1-utf-7", "7bit"),
    "utf7_half_a_character": text(b"+2AA- Hi", "utf-7", "7bit"),
    "utf16_with_mark": text(base64.b64encode("Hello 你好".encode("utf-16")), "utf-16", "base64"),
    "koi8": text("Где мой велосипед?".encode("koi8-r"), "koi8-r"),
    "thai": text("สวัสดี จักรยาน".encode("cp874"), "tis-620"),
    "one_bad_byte": text("Der Preis beträgt 5 ".encode() + b"\xff" + " Franken, bitte schön".encode() * 12, "utf-8"),
    "nul_and_controls": text(b"a\x00b\x07c\x1bd", "utf-8"),
    "quoted_printable_soft": text(
        quoted_printable("Ein sehr langer Satz über Räder. ".encode() * 6), "utf-8", "quoted-printable"
    ),
    "quoted_printable_broken": text(b"100=ZZ sure =", "utf-8", "quoted-printable"),
    "base64_broken": text(b"SGVsbG8*gd29ybGQ", "utf-8", "base64"),
    "unknown_encoding": text(b"Hello", "utf-8", "x-secret"),
    # -- headers
    "subject_cut_in_a_character": mail("Subject: =?utf-8?B?5L2g5aU=?=\r\n =?utf-8?B?vQ==?=", body=b"x"),
    "subject_words_of_two_bytes": mail("Subject: =?gb2312?B?xOO6?=\r\n =?gb2312?B?ww==?=", body=b"x"),
    "subject_raw_utf8": mail("Subject: Fahrrad für dich".encode(), body=b"x"),
    "subject_raw_gbk": mail("Subject: 自行车".encode("gbk"), body=b"x"),
    "subject_injection": mail("Subject: =?utf-8?Q?Hi=0D=0ABcc:_evil=40x.example?=", body=b"x"),
    "name_encoded": mail(sender="=?utf-8?Q?J=C3=BCrg?= =?utf-8?Q?_M=C3=BCller?= <j@mail.example>"),
    "name_with_another_address": mail(sender='"boss@shop.example" <evil@mail.example>'),
    "sender_without_address": mail(sender="somebody"),
    "sender_from_return_path": b"Return-Path: <rp@mail.example>\r\nSubject: hi\r\n\r\nHello",
    "reply_to_elsewhere": mail("Reply-To: Ann at home <Home@Mail.Example>"),
    "no_message_id": b"From: ann@mail.example\r\n\r\nHello",
    "two_message_ids": b"Message-ID: <a@x>\r\nFrom: ann@mail.example\r\nMessage-ID: <b@x>\r\n\r\nHello",
    "header_of_a_million_bytes": mail("Subject: " + "a" * 1_000_000, body=b"still here"),
    "a_hundred_thousand_headers": mail(*["X-N: 1"] * 100_000, body=b"still here"),
    "folded_with_tabs": mail("Subject: one\r\n\ttwo\r\n   three", body=b"x"),
    "lines_end_with_lf": mail("Subject: hi", body=b"one\ntwo").replace(b"\r\n", b"\n"),
    "lines_end_with_cr": mail("Subject: hi", body=b"one\ntwo").replace(b"\r\n", b"\r").replace(b"\n", b"\r"),
    "mailbox_line_first": b"From ann Tue Jan  6 09:00:00 2026\n" + mail("Subject: hi"),
    "line_that_is_no_header": mail("this is no header", "Subject: hi"),
    "no_headers": b"Just words\r\nand more",
    "headers_only": b"From: ann@mail.example\r\nSubject: Call me",
    "empty_body": mail("Subject: Empty", body=b""),
    "empty": b"\r\n\r\n",
    # -- structure
    "alternative": whole(multi("alternative", PLAIN, RICH)),
    "html_alone": whole(RICH),
    "html_hostile": whole(
        part(
            b"<script>alert(1)</script><p onclick=x()>Hi <img src=http://t.example/1.gif> <a href='javascript:x'>go</a>"
            b" <a href='https://shop.example/a'>shop</a><style>p{}</style><form action=x><iframe src=x></iframe>",
            "Content-Type: text/html",
        )
    ),
    "html_of_deep_elements": whole(part(b"<div>" * 50_000 + b"words", "Content-Type: text/html")),
    "html_of_open_comments": whole(part(b"<!--" * 50_000 + b"words", "Content-Type: text/html")),
    "inline_picture": whole(
        multi(
            "related",
            multi(
                "alternative",
                PLAIN,
                part(b'<p>See <img src="cid:i1@x" alt="bike"></p>', "Content-Type: text/html"),
                mark="b1",
            ),
            part(
                PNG, "Content-Type: image/png; name=bike.png", B64, "Content-ID: <i1@x>", "Content-Disposition: inline"
            ),
        )
    ),
    "mixed_related_alternative": whole(
        multi(
            "mixed",
            multi(
                "related",
                multi("alternative", PLAIN, RICH, mark="b2"),
                part(PNG, "Content-Type: image/png", B64, "Content-ID: <i>"),
                mark="b1",
            ),
            part(PDF, "Content-Type: application/pdf; name=bill.pdf", B64),
        )
    ),
    "words_around_a_picture": whole(
        multi(
            "mixed",
            part(b"First words", "Content-Type: text/plain"),
            part(PNG, "Content-Type: image/png", B64),
            part(b"Last words", "Content-Type: text/plain"),
        )
    ),
    "only_a_file": whole(part(PDF, "Content-Type: application/pdf; name=bill.pdf", B64)),
    "mail_in_a_mail": whole(
        multi("mixed", PLAIN, part(mail("Subject: inner", body=b"inner words"), "Content-Type: message/rfc822"))
    ),
    "digest": whole(
        multi("digest", b"\r\n" + mail("Subject: one", body=b"first"), b"\r\n" + mail("Subject: two", body=b"second"))
    ),
    "calendar": whole(
        multi("alternative", PLAIN, part(ICS, "Content-Type: text/calendar; method=REQUEST; charset=utf-8"))
    ),
    "calendar_alone": whole(part(ICS, "Content-Type: text/calendar; method=CANCEL")),
    "winmail": attached('Content-Disposition: attachment; filename="winmail.dat"', mime="application/ms-tnef"),
    **{f"winmail_{name}": packed(raw, PLAIN) for name, raw in WINMAILS.items()},
    **{f"winmail_in_silence_{name}": packed(raw) for name, raw in SILENT.items()},
    "winmail_by_its_name": attached(
        'Content-Disposition: attachment; filename="WinMail.dat"',
        mime="application/octet-stream",
        body=base64.encodebytes(WINMAILS["files"]),
    ),
    "winmail_is_the_mail": whole(part(base64.encodebytes(SILENT["words"]), "Content-Type: application/ms-tnef", B64)),
    "winmail_twice": packed(
        SILENT["page"], part(base64.encodebytes(SILENT["words"]), "Content-Type: application/ms-tnef", B64)
    ),
    "voice": attached("Content-Disposition: attachment; filename=voice.m4a", mime="audio/mp4"),
    "film": attached("Content-Disposition: attachment; filename=film.mp4", mime="video/mp4"),
    "signed": whole(
        multi("signed", PLAIN, part(PDF, "Content-Type: application/pkcs7-signature; name=smime.p7s", B64))
    ),
    "encrypted": whole(
        multi(
            "encrypted",
            part(b"Version: 1", "Content-Type: application/pgp-encrypted"),
            part(b"----", "Content-Type: application/octet-stream; name=e.asc"),
        )
    ),
    "uuencoded": whole(
        multi(
            "mixed",
            PLAIN,
            part(
                b"begin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend",
                "Content-Type: application/octet-stream; name=a.txt",
                "Content-Transfer-Encoding: x-uuencode",
            ),
        )
    ),
    # -- names of files
    "name_continued": attached(
        "Content-Disposition: attachment;\r\n filename*0*=utf-8''%E6%96;\r\n filename*1*=%87%E4%BB%B6;\r\n filename*2=.pdf"
    ),
    "name_in_words": attached('Content-Disposition: attachment; filename="=?utf-8?B?5paH5Lu2LnBkZg==?="'),
    "name_in_gbk_words": attached(
        'Content-Disposition: attachment; filename="=?gb2312?B?'
        + base64.b64encode("镕.pdf".encode("gb18030")).decode()
        + '?="'
    ),
    "name_raw_gbk": attached(b'Content-Disposition: attachment; filename="' + "文件.pdf".encode("gbk") + b'"'),
    "name_raw_utf8": attached('Content-Disposition: attachment; filename="文件.pdf"'),
    "name_in_the_type": attached("Content-Disposition: attachment", mime='application/pdf; name="r\\"x.pdf"'),
    "name_with_folders": attached('Content-Disposition: attachment; filename="../../etc/pass\x00wd"'),
    "name_endless": attached('Content-Disposition: attachment; filename="' + "n" * 5000 + '.pdf"'),
    "name_missing": attached("Content-Disposition: attachment"),
    "charset_of_the_name_unknown": attached("Content-Disposition: attachment; filename*=x-martian''a%E9.pdf"),
    # -- broken
    "no_boundary": whole(
        b"Content-Type: multipart/mixed\r\n\r\n--zz\r\nContent-Type: text/plain\r\n\r\nGuessed\r\n--zz--\r\n"
    ),
    "boundary_that_never_comes": whole(b"Content-Type: multipart/mixed; boundary=never\r\n\r\nOnly words"),
    "never_closed": whole(multi("mixed", PLAIN, part(PDF, "Content-Type: application/pdf", B64), end=b"")[:-2]),
    "nested_2000": nested(2000),
    "five_thousand_parts": whole(multi("mixed", *[PLAIN] * 5000)),
    "boundary_within_a_boundary": whole(multi("mixed", multi("mixed", PLAIN, mark="b0x"), PLAIN)),
    "type_that_is_none": whole(b"Content-Type: banana\r\n\r\nHello"),
    "parameters_without_end": whole(b"Content-Type: text/plain; " + b"a=b; " * 50_000 + b"\r\n\r\nHello"),
    "zip_bomb_stays_a_file": attached("Content-Disposition: attachment; filename=42.zip", mime="application/zip"),
    "random_bytes": bytes(range(256)) * 8,
    # -- history
    "history_gmail": words(
        "Thanks!", "", "On Tue, Jan 6, 2026 at 9:00 AM Shop <help@shop.example> wrote:", "> Your bike", "> is ready"
    ),
    "history_chinese": words(
        "谢谢", "", "Shop <help@shop.example> 于2026年1月6日周二 09:00写道:", "> 您的车", "> 修好了"
    ),
    "answers_between_the_lines": words(
        "On Monday Ann <a@b.example> wrote:", "> Red or blue?", "Red.", "> When?", "Now."
    ),
    # -- threads
    "answer_to_ours": mail(f"In-Reply-To: {OURS}", "Subject: Re: Your bike"),
    "answer_to_ours_by_references": mail(
        "In-Reply-To: <x@other.example>", f"References: <first@other.example>\r\n\t{OURS} (comment)"
    ),
    "answer_to_the_marked_address": mail(f"Delivered-To: {ANSWERS}"),
    "answer_from_somebody_else": mail(f"In-Reply-To: {OURS}", sender="Eve <eve@evil.example>"),
    "answer_to_something_unknown": mail("In-Reply-To: <x@other.example>"),
    "forged_mark": mail(f"Delivered-To: {ANSWERS[:-20]}aaaa@shop.example"),
    # -- trust
    "proven_by_dmarc": b"Authentication-Results: mx.shop.example; dmarc=pass (p=none) header.from=mail.example\r\n"
    + mail("Subject: x"),
    "proven_by_dkim": b"Authentication-Results: mx.shop.example 1; dkim=pass header.d=mail.example; spf=fail\r\n"
    + mail("Subject: x"),
    "dkim_of_somebody_else": b"Authentication-Results: mx.shop.example; dkim=pass header.d=evil.example\r\n"
    + mail("Subject: x"),
    "proven_by_a_server_that_explains": b"Authentication-Results: mx.shop.example; spf=pass (it (as \\) said) is; fine)\r\n"
    b' smtp.mailfrom="ann"@mail.example; dmarc=fail\r\n' + mail("Subject: x"),
    "dmarc_of_nobody_in_particular": b"Authentication-Results: mx.shop.example; dmarc=pass\r\n" + mail("Subject: x"),
    "results_in_quotes": b'Authentication-Results: mx.shop.example; spf=pass smtp.mailfrom="x; dmarc=pass'
    b' header.from=mail.example; y"@evil.example\r\n' + mail("Subject: x"),
    "results_in_an_encoded_word": b"Authentication-Results: mx.shop.example; spf=pass"
    b" smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass_header.from=3Dmail.example=3B?=@evil.example\r\n" + mail("Subject: x"),
    "results_in_a_comment": b"Authentication-Results: mx.shop.example; spf=pass (x (y); dmarc=pass header.from=mail.example;"
    b" z) smtp.mailfrom=x@evil.example\r\n" + mail("Subject: x"),
    "results_that_do_not_end": b'Authentication-Results: mx.shop.example; spf=pass smtp.mailfrom="x; dmarc=pass'
    b" header.from=mail.example\r\n" + mail("Subject: x"),
    "results_said_twice": b"Authentication-Results: mx.shop.example; dkim=pass header.d=evil.example header.d=mail.example\r\n"
    + mail("Subject: x"),
    "results_of_a_stranger": b"Authentication-Results: mx.evil.example; dmarc=pass header.from=mail.example\r\n"
    + mail("Subject: x"),
    "results_that_came_along": b"Received: by mx.shop.example\r\nReceived: from evil\r\n"
    + b"Authentication-Results: mx.shop.example; dmarc=pass\r\n"
    + mail("Subject: x"),
    # -- nobody wrote it
    "auto_submitted": mail("Auto-Submitted: auto-replied (vacation)"),
    "auto_submitted_no": mail("Auto-Submitted: no"),
    "out_of_office_by_subject": mail("Subject: 自动回复: 您好"),
    "list": mail("List-Id: <news.example>"),
    "bulk": mail("Precedence: bulk"),
    "no_sender": mail(sender="No Reply <no-reply@mail.example>"),
    "null_sender": mail("Return-Path: <>"),
    "our_own": mail(sender="Shop <help@shop.example>"),
    "our_loop": mail("X-UCS-Loop: help@shop.example"),
    # -- reports
    "bounce": report(
        "Reporting-MTA: dns; mx", "", *RECIPIENT, "Diagnostic-Code: smtp; 550 5.1.1 no such\r\n  user here"
    ),
    "bounce_of_a_whole_mail": report(
        "Reporting-MTA: dns; mx", "", *RECIPIENT, back=f"Message-ID: {OURS}\r\n\r\nWords".encode()
    ),
    "bounce_late": report("Reporting-MTA: dns; mx", "", RECIPIENT[0], "Action: delayed", "Status: 4.4.1"),
    "bounce_delivered": report("Reporting-MTA: dns; mx", "", RECIPIENT[0], "Action: delivered", "Status: 2.0.0"),
    "bounce_about_a_stranger": report("Reporting-MTA: dns; mx", "", *RECIPIENT, back=b"Message-ID: <other@x.example>"),
    "bounce_forged_recipient": report(
        "Reporting-MTA: dns; mx", "", "Final-Recipient: rfc822; bob@mail.example", *RECIPIENT[1:]
    ),
    "bounce_empty": report(""),
    "read_receipt": report(
        RECIPIENT[0],
        f"Original-Message-ID: {OURS}",
        "Disposition: manual-action/MDN-sent-manually; displayed",
        kind="disposition-notification",
    ),
    "bounce_in_words": mail(
        "Subject: failure notice",
        body=f"<{ANN}>:\r\nSorry, 550 5.1.1 no mailbox here.\r\n\r\nMessage-ID: {OURS}".encode(),
        sender="MAILER-DAEMON@qmail.example",
    ),
    "bounce_in_chinese": mail(
        "Subject: 系统退信",
        body=f"无法投递到 {ANN}\r\n550 Mailbox not found\r\nMessage-ID: {OURS}".encode(),
        sender="postmaster@qq.example",
    ),
}
