"""The bills that are laid out in their own way: ticket, toll, fiscal receipt, roll, air travel, vehicle, medicine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from random import Random

import segno

from core.money import Money
from tests.vouchers.corpus.facts import SCHOOL, SELLERS, Issued, issued
from tests.vouchers.corpus.pdfs import digital_page, older_page
from vouchers.readers.rules import FieldName, Item, Value


@dataclass(frozen=True)
class House:
    """Who buys and sells in a half of the corpus; the other half has other names, which no rule was made after."""

    buyer: tuple[str, str] = SCHOOL
    sellers: tuple[tuple[str, str], ...] = SELLERS
    place: str = "浙江"
    stations: tuple[str, str] = ("青山站", "杭州东站")


STRANGERS = House(
    buyer=("江陵市城市管理综合执法支队", "11421000MB1A2B3C4D"),
    sellers=(
        ("江陵市楚天印务有限责任公司", "91421000178965432Q"),
        ("湖北捷通汽车销售服务有限公司（江陵店）", "91421003MA49ABCD7F"),
        ("荆楚园林绿化工程有限公司", "914210007606543219"),
        ("江陵市沙市区万福来酒店", "92421002MA4C7XUU1E"),
    ),
    place="湖北",
    stations=("荆州站", "武汉站"),
)


_CODED = frozenset({FieldName.NUMBER, FieldName.DATE, FieldName.TOTAL})


@dataclass(frozen=True)
class Form:
    """A bill as it is printed, and what a reader finds on it."""

    title: str
    page: str
    values: Mapping[FieldName, Value]
    coded: frozenset[FieldName] = frozenset()


def invoice(seed: int, house: House) -> Issued:
    """An invoice of the house."""
    one = issued(seed)
    return replace(one, buyer=house.buyer, seller=house.sellers[seed % len(house.sellers)])


def vat(seed: int, house: House) -> Form:
    """The six kinds of VAT invoice, laid out as facts and pdfs know them."""
    one = invoice(seed, house)
    page = (digital_page if one.digital else older_page)(one).replace("浙江", house.place)
    return Form(one.title, page, one.values(), frozenset(one.coded()))


def toll(seed: int, house: House) -> Form:
    """通行费电子普通发票: an older form whose rows are cars and days."""
    one, chance = invoice(6 * seed + 1, house), _chance(seed)
    net = Money(chance.randint(2_000, 90_000))
    row = Item("*经营租赁*通行费", "浙A6K21M", "客车", "20260301", "20260331", net, "3%", Money(net.fen * 3 // 100))
    one = replace(one, kind="14", items=(row,), code="0" + one.code[1:12])
    heads = {"规格型号": "车牌号", "单位": "类型", "数量": "通行日期起", "单价": "通行日期止"}
    page = older_page(one).replace("浙江", house.place)
    for usual, own in heads.items():
        page = page.replace(f"<i>{usual}</i>", f"<i>{own}</i>")
    return Form(
        "通行费",
        page.replace("电子普通发票</h1>", "电子普通发票</h1><div>通行费</div>"),
        one.values(),
        frozenset(one.coded()),
    )


def train(seed: int, house: House) -> Form:
    """电子发票（铁路电子客票）: no seller is printed."""
    chance, day = _chance(seed), _day(seed)
    number, price = _digits(chance, 20), Money(chance.randrange(1000, 90_000, 50))
    page = f"""{_qr(f"01,51,,{number},{price.plain},{day:%Y%m%d},,A1B2")}<h1>电子发票（铁路电子客票）</h1>
<p class=p><i>发票号码：</i>{number}　　　　　<i>开票日期：</i>{day:%Y年%m月%d日}</p>
<p>{house.stations[0]}　　　G{chance.randint(100, 9999)}　　　{house.stations[1]}</p>
<p>{date(day.year, day.month, 1):%Y年%m月%d日}　08:15开　03车07F号　二等座</p><p><i>票价：</i>￥{price.plain}</p>
<p>3301061986****1234　张小明</p><p>电子客票号：339132621000219582026</p>
<p><i>购买方名称：</i>{house.buyer[0]}　　　　<i>统一社会信用代码：</i>{house.buyer[1]}</p>"""
    return Form("铁路电子客票", page, _values(number, day, price, buyer=house.buyer), _CODED)


def air(seed: int, house: House) -> Form:
    """电子发票（航空运输电子客票行程单)."""
    chance, day = _chance(seed), _day(seed)
    number, fare = _digits(chance, 20), Money(chance.randrange(30_000, 200_000, 1000))
    total = Money(fare.fen + 5000 + 2000)
    seller = ("中国东方航空股份有限公司", "913100001322108842")
    page = f"""{_qr(f"01,61,,{number},{total.plain},{day:%Y%m%d},,C3D4")}<h1>电子发票（航空运输电子客票行程单）</h1>
<p class=p><i>发票号码：</i>{number}　　　<i>填开日期：</i>{day:%Y年%m月%d日}</p>
<p>旅客姓名　张小明　　有效身份证件号码　3301061986****1234</p>
<table><tr><td>自<td>承运人<td>航班号<td>日期<td>时间</tr><tr><td>杭州<td>东航<td>MU5131<td>{day:%m月%d日}<td>09:05</tr></table>
<table><tr><td>票价<td>燃油附加费<td>民航发展基金<td>合计</tr>
<tr><td>CNY {fare.plain}<td>CNY 20.00<td>CNY 50.00<td>CNY {total.plain}</tr></table>
<p><i>购买方名称：</i>{house.buyer[0]}　　<i>统一社会信用代码/纳税人识别号：</i>{house.buyer[1]}</p>
<p><i>填开单位：</i>{seller[0]}</p>"""
    return Form("航空行程单", page, _values(number, day, total, buyer=house.buyer), _CODED)


def fiscal(seed: int, house: House) -> Form:
    """财政票据（电子）of fees."""
    return _receipt(seed, house, f"{house.place}省政府非税收入票据（电子）", "考试考务费", "收款单位（章）")


def medical(seed: int, house: House) -> Form:
    """医疗收费票据（电子)."""
    return _receipt(seed, house, f"{house.place}省医疗门诊收费票据（电子）", "检查费", "收款单位（章）")


def _receipt(seed: int, house: House, title: str, what: str, payee: str) -> Form:
    chance, day, seller = _chance(seed), _day(seed), house.sellers[seed % len(house.sellers)][0]
    code, number, total = _digits(chance, 8), _digits(chance, 10), Money(chance.randint(5_000, 900_000))
    page = f"""<h1>{title}</h1><table class=p><tr><td><i>票据代码：</i>{code}<td><i>票据号码：</i>{number}</tr>
<tr><td><i>交款人统一社会信用代码：</i>{house.buyer[1]}<td><i>校验码：</i>a1b2c3</tr>
<tr><td><i>交款人：</i>{house.buyer[0]}<td><i>开票日期：</i>{day:%Y-%m-%d}</tr></table>
<table><tr><td>项目编码<td>项目名称<td>单位<td>数量<td>标准<td>金额（元）</tr>
<tr><td>103042<td>{what}<td>次<td>1<td>{total.plain}<td>{total.plain}</tr></table>
<table><tr><td><i>金额合计（大写）</i>{total.capitals}<td><i>（小写）</i>{total.plain}</tr></table>
<table><tr><td><i>{payee}：</i>{seller}<td>复核人：王芳<td>收款人：施丽华</tr></table>"""
    values = _values(number, day, total, buyer=house.buyer)
    return Form(title, page, {**values, FieldName.CODE: code, FieldName.SELLER: seller})


def roll(seed: int, house: House) -> Form:
    """增值税普通发票（卷票): a strip as wide as a hand, one thing a line."""
    chance, day, seller = _chance(seed), _day(seed), house.sellers[seed % len(house.sellers)]
    code, number, total = _digits(chance, 12), _digits(chance, 8), Money(chance.randint(1_000, 90_000))
    page = f"""<div class=roll>
<h1>{house.place}增值税普通发票（卷票）</h1><p>发票代码：{code}<br>发票号码：{number}<br>机打号码：{number}
<br>机器编号：499099{_digits(chance, 6)}<br>销售方名称：{escape(seller[0])}<br>纳税人识别号：{seller[1]}
<br>开票日期：{day:%Y-%m-%d}　收款员：李四<br>购买方名称：{escape(house.buyer[0])}<br>纳税人识别号：{house.buyer[1]}</p>
<table class=b><tr><td>项目<td>单价<td>数量<td>金额</tr>
<tr><td>*餐饮服务*餐费<td>{total.plain}<td>1<td>{total.plain}</tr></table>
<p>合计金额（小写）：¥{total.plain}<br>合计金额（大写）：{total.capitals}<br>校验码：{_digits(chance, 20)}</p></div>"""
    values = _values(number, day, total, buyer=house.buyer)
    sellers = {FieldName.SELLER: seller[0], FieldName.SELLER_TAX_NUMBER: seller[1]}
    return Form("卷票", page, {**values, **sellers, FieldName.CODE: code})


def vehicle(seed: int, house: House) -> Form:
    """机动车销售统一发票: the buyer above, the seller at the foot, both with a label of two words."""
    chance, day, seller = _chance(seed), _day(seed), house.sellers[seed % len(house.sellers)]
    code, number, net = _digits(chance, 12), _digits(chance, 8), Money(chance.randrange(8_000_000, 20_000_000, 100))
    tax = Money((net.fen * 13 + 50) // 100)
    total = net + tax
    page = f"""<h1>机动车销售统一发票</h1><div class=r><i>发票代码：</i>{code}<br><i>发票号码：</i>{number}</div>
<p><i>开票日期：</i>{day:%Y-%m-%d}</p><table class=p>
<tr><td><i>购买方名称</i><td>{escape(house.buyer[0])}<td><i>纳税人识别号</i><td>{house.buyer[1]}</tr>
<tr><td><i>车辆类型</i><td>小型轿车<td><i>厂牌型号</i><td>红旗牌CA7180</tr></table>
<table><tr><td style="width:30%"><i>价税合计</i><td>⊗{total.capitals}<td><i>小写</i>　¥{total.plain}</tr></table>
<table><tr><td><i>销货单位名称</i><td>{escape(seller[0])}<td><i>电话</i><td>0571-88771512</tr>
<tr><td><i>纳税人识别号</i><td>{seller[1]}<td><i>账号</i><td>19055101040012345</tr></table>
<table><tr><td><i>增值税税率</i>　13%<td><i>增值税税额</i>　¥{tax.plain}
<td><i>不含税价</i>　小写　¥{net.plain}</tr></table>"""
    values = _values(number, day, total, buyer=house.buyer)
    sellers = {FieldName.SELLER: seller[0], FieldName.SELLER_TAX_NUMBER: seller[1]}
    return Form("机动车发票", page, {**values, **sellers, FieldName.CODE: code, FieldName.NET: net, FieldName.TAX: tax})


FORMS: Mapping[str, Callable[[int, House], Form]] = {
    "数电普票": lambda seed, house: vat(6 * seed, house),
    "电子普票": lambda seed, house: vat(6 * seed + 1, house),
    "数电专票": lambda seed, house: vat(6 * seed + 2, house),
    "纸质普票": lambda seed, house: vat(6 * seed + 4, house),
    "纸质专票": lambda seed, house: vat(6 * seed + 5, house),
    "通行费": toll,
    "铁路客票": train,
    "航空行程单": air,
    "非税票据": fiscal,
    "医疗票据": medical,
    "卷票": roll,
    "机动车发票": vehicle,
}


def _values(number: str, day: date, total: Money, *, buyer: tuple[str, str]) -> dict[FieldName, Value]:
    return {
        FieldName.NUMBER: number,
        FieldName.DATE: day,
        FieldName.TOTAL: total,
        FieldName.BUYER: buyer[0],
        FieldName.BUYER_TAX_NUMBER: buyer[1],
    }


def _qr(text: str) -> str:
    svg: str = segno.make(text, error="m").svg_inline(scale=2, border=0)
    return f"<div class=q>{svg}</div>"


def _chance(seed: int) -> Random:
    return Random(seed + 1000)  # noqa: S311  the same corpus in every run


def _day(seed: int) -> date:
    return date(2026, 1 + seed % 12, 1 + (seed * 7) % 28)


def _digits(chance: Random, count: int) -> str:
    return "2" + "".join(chance.choice("0123456789") for _ in range(count - 1))
