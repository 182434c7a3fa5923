"""独立校验程序：核对从用款计划申报系统导出的证据包和回执。只用 Python 标准库（3.8 及以上），不依赖本系统的任何代码。

    python verify.py 证据包.zip [--anchor 序号:SHA256 …]
    python verify.py receipt 回执.json [--seal 序号:SHA256 …]

锚（anchor，seal）是抄存在系统之外的封存序号和摘要，例如日结单上的。没有锚只能说明文件前后一致；有锚才能发现整体重写和截尾。
通过时退出码为 0，否则列出每一类的第一处，退出码为 1。文件格式和算法见 docs/proof.md。
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import unicodedata
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

NOTHING_BEFORE = {"sha256": "", "sm3": ""}
GOING_ON = ("agree", "cut")


class Fields:
    """What a canonical text says, and the column of the export that must say the same."""

    def __init__(self, same: str, **pairs: str) -> None:
        self.pairs = {**{name: name for name in same.split()}, **pairs}
        self.said, self.kept = itemgetter(*self.pairs), itemgetter(*self.pairs.values())

    def agree(self, body: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        """Whether all say the same, letter for letter."""
        return body.keys() >= self.pairs.keys() and bool(self.said(body) == self.kept(row))


_BOTH = "division plan_id plan number revision act at"
DECISION_FIELDS = Fields(_BOTH + " step_no step_name comment person_id", content="digest", person="person_name")
SEAL_FIELDS = Fields("division number day leaves root at")
# The same for the decisions and seals in a receipt.
IN_RECEIPT = Fields(_BOTH + " content person")
SEAL_IN_RECEIPT = Fields("division number day root")
VOUCHERS = "vouchers/"
NOT_SEALED = "当日尚未日结：回执没有封存证明，只核对了回执自身；日结后可重新下载含证明的回执。"


def _no_float(text: str) -> object:
    raise ValueError("不是整数：" + text)


_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
# What was just decoded holds no circle.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
_OPINION = itemgetter("plan_id", "revision", "step_no", "person_id", "behalf_id", "verdict", "amount")


def sha256(text: str) -> str:
    """SHA-256 of the UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def line_digest(line: Mapping[str, Any]) -> str:
    """The digest of a line of a content, without its place."""
    return sha256(_ENCODER.encode({name: value for name, value in line.items() if name != "position"}))


def _no_sm3_yet() -> Any:
    try:
        return hashlib.new("sm3")
    except ValueError:
        return None


# Of nothing yet, or None where the OpenSSL of this machine does not know it. To copy it is cheaper than to look it up.
_SM3 = _no_sm3_yet()


def sm3(data: bytes) -> str:
    """SM3 of the bytes; only where this machine knows it."""
    digest = _SM3.copy()
    digest.update(data)
    return str(digest.hexdigest())


def merkle_root(leaves: Iterable[str]) -> str:
    """RFC 6962: 0x00 before a leaf, 0x01 before a knot, an odd last one is carried up."""
    row = [hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in leaves]
    while len(row) > 1:
        above = [hashlib.sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        row = [*above, row[-1]] if len(row) % 2 else above
    return row[0].hex() if row else hashlib.sha256(b"").hexdigest()


def merkle_climb(leaf: str, path: Iterable[Sequence[str]]) -> str:
    """The root to which a leaf and its path lead: from the bottom, the side of what is joined, and its digest."""
    here = hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest()
    for side, digest in path:
        other = bytes.fromhex(digest)
        here = hashlib.sha256(b"\x01" + (other + here if side == "left" else here + other)).digest()
    return here.hex()


class Findings:
    """What is wrong: of each kind how many, and the first places."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, list[str]] = {}

    def add(self, kind: str, place: str, words: str) -> None:
        """One more of a kind."""
        self.counts[kind] += 1
        self.first.setdefault(kind, []).extend([place + "：" + words] * (self.counts[kind] <= 5))

    def lines(self) -> Iterator[str]:
        """Sentences for people."""
        for kind, places in self.first.items():
            yield from (f"【{kind}】共 {self.counts[kind]} 处", *("  " + place for place in places))


class Checker:
    """Takes the rows of each kind in turn: revisions, decisions, opinions, lines, views, ledger, seals, anchors."""

    def __init__(self, with_sm3: bool | None = None) -> None:
        self.found = Findings()
        self.with_sm3 = _SM3 is not None if with_sm3 is None else with_sm3
        self.contents: dict[tuple[str, int], str] = {}
        # The digest of each line of each submitted content, and those that must be kept in a row of their own.
        self.lines_in: dict[tuple[str, int], dict[int, str]] = {}
        self.lined: set[tuple[str, int, int]] = set()
        # What each decision says of the facts that its decider saw; the amounts said of each line of the plan at hand.
        self.seen: dict[tuple[str, int], str] = {}
        self.words: dict[int, list[int]] = {}
        self.digests: dict[tuple[str, int], str] = {}
        self.said: dict[tuple[Any, ...], int] = defaultdict(int)
        self.approved: dict[str, tuple[str, dict[int, int]]] = {}
        self.cancelled: set[str] = set()
        self.seal_digests: dict[int, str] = {}
        self.sealed: set[tuple[str, int]] = set()
        # How many vouchers were checked; None when the package has none.
        self.vouchers: int | None = None

    def revisions(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """The content of each submitted revision has the digest that stands beside it."""
        for row in rows:
            digest, key = sha256(row["content"]), (row["plan_id"], row["revision"])
            if digest != row["digest"]:
                self.found.add("送审内容", f"计划 {row['plan']} 第 {row['revision']} 次送审", "内容与摘要不符")
            lines = json.loads(row["content"])["lines"] if digest == row["digest"] else ()
            self.contents[key], self.lines_in[key] = digest, {line["position"]: line_digest(line) for line in lines}

    def decisions(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Each plan's chain, in the order of plan and number."""
        plan_id, number, before = "", 0, NOTHING_BEFORE
        for row in rows:
            if row["plan_id"] != plan_id:
                plan_id, number, before, self.words = row["plan_id"], 0, NOTHING_BEFORE, {}
            place, expected, number = f"计划 {row['plan']} 第 {row['number']} 项决定", number + 1, row["number"]
            if number != expected:
                self.found.add("决定缺号", place, f"前面一项是第 {expected - 1} 项")
            body = self._opened("决定", place, row, DECISION_FIELDS)
            if body.get("prev") != before:
                self.found.add("决定断链", place, "没有接上前一项决定的摘要")
            if self.contents.get((plan_id, row["revision"])) != row["digest"]:
                self.found.add("送审内容", place, "所依据的送审内容不存在或已改变")
            before = {"sha256": row["sha256"], "sm3": row["sm3"]}
            self.digests[(plan_id, number)] = row["sha256"]
            self._follow(row, body, body.get("facts", {}), place)

    def _follow(self, row: Mapping[str, Any], body: Mapping[str, Any], facts: Mapping[str, Any], place: str) -> None:
        """Remember the opinions and what the decider saw, and compare for whom it was done."""
        behalf, round_ = (facts.get("behalf") or [None])[0], (row["plan_id"], row["revision"])
        if behalf != row.get("behalf_id"):
            self.found.add("决定字段", place, "behalf_id 与决定原文不符")
        if body.get("act") == "submit":
            self.words = {now: self.words.get(was, []) for now, was in facts.get("was", ())}
            if "opens" in facts:
                self.lined.update((*round_, position) for position in self.lines_in.get(round_, ()))
        for position, verdict, amount, reason in body.get("opinions", ()):
            self.said[(*round_, body["step_no"], body["person_id"], behalf, verdict, amount, reason)] += 1
            if verdict in GOING_ON:
                self.words.setdefault(position, []).append(amount)
        if "seen" in facts:
            self.seen[(row["plan_id"], row["number"])] = facts["seen"]
        self._end(row, body.get("act"), facts, place)

    def _end(self, row: Mapping[str, Any], act: Any, facts: Mapping[str, Any], place: str) -> None:
        """What was approved in the end, each amount as somebody said it."""
        if act == "approve":
            amounts = dict(facts.get("approved", {line: said[-1] for line, said in self.words.items()}.items()))
            self.approved[row["plan_id"]] = (row["digest"], amounts)
            for position in [line for line, amount in amounts.items() if amount not in self.words.get(line, ())]:
                self.found.add("意见", place, f"第 {position} 行批复的金额没有人在意见中写过")
        self.cancelled.update([row["plan_id"]] if act == "cancel" else ())

    def _opened(self, kind: str, place: str, row: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
        """The facts in a canonical text, after its form, its digests and the columns beside it were compared."""
        text = row["body"]
        try:
            body, data = _DECODER.raw_decode(text)[0], text.encode("utf-8")
            plain = _ENCODER.encode(body) == text and unicodedata.is_normalized("NFC", text)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self.found.add(kind + "格式", place, "无法读取")
            return {}
        if not plain:
            self.found.add(kind + "格式", place, "不是规范文本")
        if hashlib.sha256(data).hexdigest() != row["sha256"]:
            self.found.add(kind + "摘要", place, "SHA-256 不符")
        if self.with_sm3 and sm3(data) != row["sm3"]:
            self.found.add(kind + "摘要", place, "SM3 不符")
        for name, column in () if fields.agree(body, row) else fields.pairs.items():
            if body.get(name) not in (row[column], _composed(row[column])):
                self.found.add(kind + "字段", place, f"{column} 与决定原文不符")
        return body

    def opinions(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Every opinion stands in a decision, and every one of a decision among the opinions."""
        left = Counter(self.said)
        for row in rows:
            key = (*_OPINION(row), _composed(row["reason"]))
            if left[key] <= 0:
                self.found.add("意见", "计划 " + row["plan"], "有一条意见不在决定中")
            left[key] -= 1
            kept = self.lines_in.get((row["plan_id"], row["revision"]), {}).get(row["position"])
            if row.get("line_digest") and row["line_digest"] != kept:
                self.found.add("意见", "计划 " + row["plan"], "有一条意见所依据的行与送审内容不符")
        for key in +left:
            self.found.add("意见", "计划 " + str(key[0]), "决定中的意见在意见表中不存在")

    def lines(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """The digest that is kept of each submitted line is that of the line in the content."""
        for row in rows:
            key, position = (row["plan_id"], row["revision"]), row["position"]
            self.lined.discard((*key, position))
            if self.lines_in.get(key, {}).get(position) != row["digest"]:
                self.found.add("行摘要", f"计划 {row['plan']} 第 {key[1]} 次送审第 {position} 行", "与送审内容不符")
        for plan_id, revision, position in sorted(self.lined):
            self.found.add("行摘要", f"计划 {plan_id} 第 {revision} 次送审第 {position} 行", "不存在了")

    def views(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """What lay before each decider is kept as the decision names it."""
        left = dict(self.seen)
        for row in rows:
            if len({left.pop((row["plan_id"], row["number"]), ""), row["digest"], sha256(row["text"])}) > 1:
                self.found.add("所见事实", f"计划 {row['plan']} 第 {row['number']} 项决定", "与决定中的摘要不符")
        for plan_id, number in left:
            self.found.add("所见事实", f"计划 {plan_id} 第 {number} 项决定", "不存在了")

    def ledger(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Each line approved stands once in the ledger with its amount, and once more in red when cancelled."""
        left = Counter(
            (plan_id, digest, position, sign * amount)
            for plan_id, (digest, amounts) in self.approved.items()
            for position, amount in amounts.items()
            for sign in ((1, -1) if plan_id in self.cancelled else (1,))
        )
        for row in rows:
            key = (row["plan_id"], row["digest"], row["line_no"], row["approved"])
            if left[key] <= 0:
                self.found.add("台账", f"台账第 {row['number']} 号", "与批复的决定不符")
            left[key] -= 1
        for key in +left:
            self.found.add("台账", f"计划 {key[0]} 第 {key[2]} 行", "已批复而台账没有")

    def seals(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """The chain of seals, each root computed anew from the decisions under it."""
        number, before = 0, NOTHING_BEFORE
        for row in rows:
            place, expected, number = f"第 {row['number']} 号封存", number + 1, row["number"]
            if number != expected:
                self.found.add("封存缺号", place, f"前面一次是第 {expected - 1} 号")
            body = self._opened("封存", place, row, SEAL_FIELDS)
            if body.get("prev") != before or row["prev_sha256"] != before["sha256"]:
                self.found.add("封存断链", place, "没有接上前一次封存的摘要")
            self._check_root(row, place)
            before = {"sha256": row["sha256"], "sm3": row["sm3"]}
            self.seal_digests[number] = row["sha256"]

    def _check_root(self, row: Mapping[str, Any], place: str) -> None:
        leaves = [(plan_id, number) for plan_id, number in row["decisions"]]
        if len(leaves) != row["leaves"] or self.sealed.intersection(leaves):
            self.found.add("封存内容", place, "决定的个数不符，或同一决定封存了两次")
        self.sealed.update(leaves)
        gone = [leaf for leaf in leaves if leaf not in self.digests]
        if gone:
            self.found.add("封存内容", place, f"已封存的 {len(gone)} 项决定不存在了")
        elif merkle_root(self.digests[leaf] for leaf in leaves) != row["root"]:
            self.found.add("封存内容", place, "由决定重新计算的根与封存的不符")

    def anchors(self, anchors: Mapping[int, str]) -> None:
        """What was kept outside of the house is what stands inside."""
        for number, digest in anchors.items():
            if self.seal_digests.get(number) != digest.lower():
                words = "与抄存的摘要不符" if number in self.seal_digests else "不存在了"
                self.found.add("锚", f"第 {number} 号封存", words)


def _composed(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def anchor(text: str) -> tuple[int, str]:
    """12:ab34… as number and digest. Raises ValueError."""
    number, _, digest = text.partition(":")
    if len(digest) != 64:
        raise ValueError("锚的写法是 序号:64位十六进制摘要")
    return int(number), digest.lower()


def check_package(path: str, anchors: Mapping[int, str]) -> Checker:
    """Everything that a package can show."""
    checker = Checker()
    with zipfile.ZipFile(path) as package:
        manifest = json.loads(package.read("manifest.json"))
        for name in [name for name, said in manifest["files"].items() if _digest_in(package, name) != said["sha256"]]:
            checker.found.add("包内文件", name, "与清单中的摘要不符")
        for kind in ("revisions", "decisions", "opinions", "lines", "views", "ledger", "seals"):
            getattr(checker, kind)(_rows(package, kind + ".jsonl"))
        if "vouchers" in manifest:
            checker.vouchers = check_vouchers(package, checker.found)
    checker.anchors(anchors)
    return checker


def check_vouchers(package: zipfile.ZipFile, found: Findings) -> int:
    """Every voucher that a submitted content names is here with the bytes it had then; gives how many there are."""
    names, checked = set(package.namelist()), set()
    for place, digest in named(_rows(package, "revisions.jsonl")):
        if digest not in checked and _digest_in(package, VOUCHERS + digest) != digest:
            there = VOUCHERS + digest in names
            found.add("凭证文件", place, "文件与送审时不符" if there else "包里没有这份凭证文件")
        checked.add(digest)
    for name in sorted(one for one in names if one.startswith(VOUCHERS) and one[len(VOUCHERS) :] not in checked):
        found.add("凭证文件", name, "没有一次送审提到这份文件")
    return len(checked)


def named(revisions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each voucher of each submitted line: where it stands, and the digest it had."""
    for row in revisions:
        for line in json.loads(row["content"])["lines"]:
            for _, name, digest, *_ in line["papers"]:
                yield f"计划 {row['plan']} 第 {row['revision']} 次送审第 {line['position']} 行“{name}”", digest


def _digest_in(package: zipfile.ZipFile, name: str) -> str:
    """SHA-256 of a file in the package, piece by piece; nothing for one that is broken or absent."""
    digest = hashlib.sha256()
    try:
        with package.open(name) as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
    except (KeyError, zipfile.BadZipFile, zlib.error):
        return ""
    return digest.hexdigest()


def _rows(package: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    if name in ("lines.jsonl", "views.jsonl") and name not in package.namelist():
        return  # packages from before these were kept
    with package.open(name) as lines:
        for line in lines:
            yield json.loads(line.decode("utf-8"))


class ReceiptChecker(Checker):
    """Takes one receipt: the content, the decisions on the way to the one it is of, the seals and the path."""

    def receipt(self, receipt: Mapping[str, Any], anchors: Mapping[int, str]) -> None:
        """Everything that a receipt can show. Raises KeyError, TypeError and the like for one that is no receipt."""
        self._way(receipt, self._content(receipt))
        for seal in (receipt["latest"], receipt["proof"] and receipt["proof"]["seal"]):
            if seal:
                self._seal(receipt, seal)
        if receipt["proof"]:
            self._proof(receipt["proof"], receipt["decision"]["body"])
        self.anchors(anchors)

    def _content(self, receipt: Mapping[str, Any]) -> dict[int, int]:
        """What was submitted, and what the receipt says of it; gives what each line asked for."""
        body, digest = receipt["content"]["body"], receipt["content"]["sha256"]
        if sha256(body) != digest:
            self.found.add("送审内容", "回执", "内容与摘要不符")
        content = json.loads(body)
        plan, lines = content["plan"], content["lines"]
        told = (
            ("区划", plan["division"], receipt["division"]), ("计划编号", plan["number"], receipt["plan"]),
            ("单位", plan["unit"], receipt["unit"]["code"]), ("年度", plan["fiscal_year"], receipt["fiscal_year"]),
            ("月份", plan["month"], receipt["month"]), ("种类", plan["kind"], receipt["kind"]),
            ("行数", len(lines), receipt["lines"]),
            ("合计", sum(line["applied"] for line in lines), receipt["total"]),
        )  # fmt: skip
        for name, submitted, said in [one for one in told if one[1] != one[2]]:
            self.found.add("回执内容", name, f"回执写的是 {said}，送审的是 {submitted}")
        return {line["position"]: line["applied"] for line in lines}

    def _way(self, receipt: Mapping[str, Any], amounts: dict[int, int]) -> None:
        """The decisions up to the one that the receipt is of, each naming the one before it, and what they approve."""
        way = (*receipt["earlier"], receipt["decision"])
        before: Mapping[str, Any] = {}
        for row in way:
            place = f"第 {row['number']} 项决定"
            body = self._opened("决定", place, {**receipt, "content": receipt["content"]["sha256"], **row}, IN_RECEIPT)
            if before and body.get("prev") != {"sha256": before["sha256"], "sm3": before["sm3"]}:
                self.found.add("决定断链", place, "没有接上前一项决定的摘要")
            spoken = body.get("opinions", ())
            amounts.update((position, amount) for position, verdict, amount, _ in spoken if verdict in GOING_ON)
            amounts = dict(body.get("facts", {}).get("approved", amounts.items()))
            before = row
        approved = sum(amounts.values()) if before["act"] == "approve" else None
        if approved is not None and way[0]["act"] != "submit":
            self.found.add("决定缺号", "回执", "批复之前的决定不是从送审开始的")
        if approved != receipt["approved"]:
            self.found.add("回执内容", "批复合计", f"回执写的是 {receipt['approved']}，按各项意见应为 {approved}")

    def _seal(self, receipt: Mapping[str, Any], seal: Mapping[str, Any]) -> None:
        place, number = f"第 {seal['number']} 号封存", seal["number"]
        self._opened("封存", place, {**receipt, **seal}, SEAL_IN_RECEIPT)
        if self.seal_digests.setdefault(number, seal["sha256"]) != seal["sha256"]:
            self.found.add("封存断链", place, "回执里有两个摘要不同的同号封存")

    def _proof(self, proof: Mapping[str, Any], decision: str) -> None:
        """The decision's own text leads by the path to the root in the seal's own text."""
        place, seal = f"第 {proof['seal']['number']} 号封存", json.loads(proof["seal"]["body"])
        if merkle_climb(sha256(decision), proof["path"]) != seal["root"]:
            self.found.add("封存证明", place, "由这项决定和路径算出的根与封存的不符")
        if seal["at"] < json.loads(decision)["at"]:
            self.found.add("封存证明", place, "封存早于决定")

    def anchors(self, anchors: Mapping[int, str]) -> None:
        """Only the seals that the receipt carries can be held against what was kept."""
        for number in sorted(set(anchors) - set(self.seal_digests)):
            self.found.add("锚", f"第 {number} 号封存", "回执里没有这次封存，无法比较")
        super().anchors({number: anchors[number] for number in anchors if number in self.seal_digests})


def check_receipt(data: bytes, anchors: Mapping[int, str]) -> tuple[ReceiptChecker, dict[str, Any]]:
    """Everything that a receipt can show, and what it says."""
    checker, receipt = ReceiptChecker(), {}
    try:
        receipt = json.loads(data)
        checker.receipt(receipt, anchors)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        checker.found.add("回执格式", "回执", "不是完整的回执文件，无法核对")
    return checker, receipt


def _package_said(options: argparse.Namespace) -> tuple[list[str], Checker]:
    checker = check_package(options.package, dict(options.kept))
    said = [f"决定 {len(checker.digests)} 项，封存 {len(checker.seal_digests)} 次。"]
    said.append(f"凭证文件 {checker.vouchers} 份。" if checker.vouchers is not None else "包内没有凭证文件，未核对。")
    said += [] if options.kept else ["没有给出锚：无法发现整体重写和截尾。"]
    for number, digest in list(checker.seal_digests.items())[-1:]:
        said.append(f"最后一次封存：第 {number} 号 {digest}")
    return said, checker


def _receipt_said(options: argparse.Namespace) -> tuple[list[str], Checker]:
    checker, receipt = check_receipt(Path(options.receipt).read_bytes(), dict(options.kept))
    if "回执格式" in checker.found.first:
        return [], checker
    decision, proof = receipt["decision"], receipt["proof"]
    said = [f"计划 {receipt['plan']} 第 {decision['number']} 项决定：{decision['person']}，{decision['at']}（UTC）。"]
    said.append(f"封存证明：第 {proof['seal']['number']} 号 {proof['seal']['sha256']}" if proof else NOT_SEALED)
    if proof and proof["seal"]["number"] not in dict(options.kept):
        said.append("没有给出日结单上这一号的摘要（--seal）：只能说明回执自身前后一致。")
    return said, checker


def main() -> int:
    """The command."""
    of_receipt = sys.argv[1:2] == ["receipt"]
    name, kept, kind = ("receipt", "--seal", "回执.json") if of_receipt else ("package", "--anchor", "证据包.zip")
    said = "另一种用法：verify.py 证据包.zip" if of_receipt else "另一种用法：verify.py receipt 回执.json"
    parser = argparse.ArgumentParser(description="核对从用款计划申报系统取得的证据包或回执", epilog=said)
    parser.add_argument(name, metavar=kind)
    parser.add_argument(
        kept, dest="kept", action="append", default=[], type=anchor, metavar="序号:SHA256",
        help="抄存在系统之外的封存，例如日结单上的，可多次",
    )  # fmt: skip
    options = parser.parse_args(sys.argv[2:] if of_receipt else None)
    try:
        told, checker = _receipt_said(options) if of_receipt else _package_said(options)
    except (OSError, zipfile.BadZipFile, KeyError) as wrong:
        parser.error(f"打不开文件：{wrong}")
    told += [] if checker.with_sm3 else ["SM3：本机不支持，未核对。"]
    bad = list(checker.found.lines())
    sys.stdout.write("\n".join(told + bad + ["未通过" if bad else "通过"]) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
