"""Invoices that nobody issued: what stands on each, from which every file of the corpus is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from core.money import Money
from vouchers.readers.rules import FieldName, Item, Value

SCHOOL = ("青山县第三实验小学", "12330106470101234X")
GOODS = (
    ("*家具*学生课桌椅", "KZ-101", "套"),
    ("*计算机外部设备*激光打印机", "M1188w", "台"),
    ("*印刷品*练习簿（小学四年级）", "32K", "本"),
    ("*电信服务*宽带使用费", "", "月"),
    ("*餐饮服务*培训期间工作餐", "", "次"),
    ("*建筑服务*操场维修工程款", "", "项"),
)
SELLERS = (
    ("青山县宏达办公家具有限公司", "91330106MA7GAL1299"),
    ("浙江远山信息技术股份有限公司（青山分公司）", "91330106710931234K"),
    ("青山县城关镇李记文具店", "92330106MA2B0XYZ8P"),
    ("中国邮政集团有限公司浙江省青山县分公司", "913301067042555555"),
)
TITLES = {
    "10": "浙江增值税电子普通发票",
    "14": "浙江增值税电子普通发票",
    "04": "浙江增值税普通发票",
    "01": "浙江增值税专用发票",
    "31": "电子发票（增值税专用发票）",
    "32": "电子发票（普通发票）",
}


@dataclass(frozen=True)
class Issued:
    """One invoice; `kind` as in its QR code, digital ones (31, 32) have a number of 20 digits and no code."""

    kind: str
    number: str
    code: str
    day: date
    seller: tuple[str, str]
    buyer: tuple[str, str]
    items: tuple[Item, ...]
    check: str
    checksum: str
    remark: str = ""

    @property
    def digital(self) -> bool:
        return self.kind in ("31", "32")

    @property
    def net(self) -> Money:
        return Money.total(item.net for item in self.items if item.net)

    @property
    def tax(self) -> Money:
        return Money.total(item.tax for item in self.items if item.tax)

    @property
    def total(self) -> Money:
        return self.net + self.tax

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def qr_text(self) -> str:
        if self.digital:
            return f"01,{self.kind},,{self.number},{self.total.plain},{self.day:%Y%m%d},,{self.checksum}"
        return (
            f"01,{self.kind},{self.code},{self.number},{self.net.plain},{self.day:%Y%m%d},{self.check},{self.checksum},"
        )

    def values(self) -> dict[FieldName, Value]:
        """What a reader of the whole page finds, without the kind and the marks."""
        found: dict[FieldName, Value] = {
            FieldName.NUMBER: self.number,
            FieldName.DATE: self.day,
            FieldName.SELLER: self.seller[0],
            FieldName.SELLER_TAX_NUMBER: self.seller[1],
            FieldName.BUYER: self.buyer[0],
            FieldName.BUYER_TAX_NUMBER: self.buyer[1],
            FieldName.NET: self.net,
            FieldName.TAX: self.tax,
            FieldName.TOTAL: self.total,
        }
        return found if self.digital else {**found, FieldName.CODE: self.code}

    def coded(self) -> dict[FieldName, Value]:
        """What its QR code holds."""
        amount = FieldName.TOTAL if self.digital else FieldName.NET
        names = [FieldName.NUMBER, FieldName.DATE, amount] + ([] if self.digital else [FieldName.CODE])
        values = self.values()
        return {name: values[name] for name in names}


def issued(seed: int) -> Issued:
    """A plausible invoice; the same for the same seed."""
    chance = Random(seed)  # noqa: S311  the same corpus in every run
    kind = ("32", "10", "31", "32", "04", "01")[seed % 6]
    digital = kind in ("31", "32")
    return Issued(
        kind=kind,
        number="26" + _digits(chance, 18) if digital else _digits(chance, 8),
        code="" if digital else "0" + _digits(chance, 11) if kind == "10" else "33" + _digits(chance, 8),
        day=date(2026, chance.randint(1, 12), chance.randint(1, 28)),
        seller=SELLERS[seed % len(SELLERS)],
        buyer=SCHOOL,
        items=tuple(_item(chance) for _ in range(1 + seed % 5)),
        check="" if kind == "01" else _digits(chance, 20),
        checksum=f"{chance.randrange(65536):04X}",
    )


def taken_back(of: Issued) -> Issued:
    """The red invoice that takes it back."""
    items = tuple(
        replace(item, quantity=f"-{item.quantity}", net=-(item.net or Money(0)), tax=-(item.tax or Money(0)))
        for item in of.items
    )
    return replace(of, number=of.number[:-3] + "999", items=items, remark=f"被红冲蓝字数电票号码：{of.number}")


def _item(chance: Random) -> Item:
    name, spec, unit = chance.choice(GOODS)
    count, price = chance.randint(1, 60), Money(chance.randint(150, 90_000))
    net = Money(price.fen * count)
    rate = chance.choice((1, 3, 6, 9, 13))
    tax = Money((net.fen * rate + 50) // 100)
    return Item(name, spec, unit, str(count), price.plain, net, f"{rate}%", tax)


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


CORPUS = tuple(issued(seed) for seed in range(24))
