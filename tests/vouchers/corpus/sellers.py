"""Papers of one seller: one form, and on each of them another number, date, buyer or amount. Some differ in little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from random import Random

from weasyprint import HTML

from core.pdfs import open_pdf
from tests.vouchers.corpus import pdfs
from tests.vouchers.corpus.facts import SCHOOL, Issued, issued

BUYERS = (SCHOOL, ("青山县实验小学", "12330106470101235Y"), ("青山县人民医院", "12330106470101777Z"))
_WIDTH = 1240


def invoices(count: int, seed: int, *, digital: bool) -> list[Issued]:
    """Invoices of one seller; of every third nothing but number, date and code differ, as month after month."""
    chance, base = Random(seed), issued(6 * seed if digital else 6 * seed + 1)  # noqa: S311  the same in every run
    found = []
    for turn in range(count):
        other = issued(chance.randrange(10**6))
        alike = turn % 3 == 0
        found.append(
            replace(
                base, number=_digits(chance, len(base.number)), day=date(2026, chance.randint(1, 12), 1 + turn % 28),
                buyer=SCHOOL if alike else chance.choice(BUYERS),
                items=base.items[:1] if alike else other.items[: 1 if turn % 3 == 1 else 5],
                check=_digits(chance, 20), checksum=_digits(chance, 4),
            )
        )  # fmt: skip
    return found


def receipts(count: int, seed: int) -> bytes:
    """Receipts of one cleaner, without any code: a dozen digits is all that tells many of them apart."""
    chance = Random(seed)  # noqa: S311  the same in every run
    body = "".join(
        f"<h1>收 款 收 据</h1><p style='text-align:right'>No {_digits(chance, 7)}</p>"
        f"<p>日期：2026年{chance.randint(1, 12):02}月{chance.randint(1, 28):02}日</p><table><tr><td>交款单位"
        f"<td>{chance.choice(BUYERS)[0]}<td>收款方式<td>转账<tr><td>收款事由<td colspan=3>保洁服务费"
        f"（2026年{chance.randint(1, 12)}月）<tr><td>金额<td colspan=3>¥{chance.choice((1200, 3500, 8801))}.00</table>"
        "<p style='break-after: page'>收款单位：青山县净美保洁服务有限公司　　经手人：王丽</p>"
        for _ in range(count)
    )
    pdf: bytes = HTML(string=pdfs.STYLE + body).write_pdf()
    return pdf


def drawn(pdf: bytes) -> Iterator[bytes]:
    """Each page as the house draws it."""
    with open_pdf(pdf) as document:
        for page in document:
            bitmap, out = page.render(scale=_WIDTH / page.get_width()), BytesIO()
            bitmap.to_pil().convert("RGB").save(out, "WEBP", quality=80)
            bitmap.close()
            page.close()
            yield out.getvalue()


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))
