"""Scores, answers and tables that the tests of Scoring compare with, made by the official scripts themselves.

None of their code is here. They are in wheels on PyPI, which stay outside of the repository:

    pip download --no-deps --dest wheels allennlp==0.9.0 farm==0.8.0 bert-tensorflow==1.0.4
    for wheel in wheels/*.whl; do unzip -qo "$wheel" -d wheels/unpacked; done
    pip install scikit-learn==1.9.1
    python3 make_scores.py wheels/unpacked

- allennlp/tools/squad_eval.py is SQuAD's evaluate-v1.1.py,
- farm/evaluation/squad_evaluation.py has the functions of evaluate-v2.0.py,
- bert/run_squad.py is BERT's, of which write_predictions and _check_is_max_context are run.

Made with Python 3.11 (from 3.12 on sum() compensates its rounding, which changes last digits).
"""

import ast
import collections
import contextlib
import io
import json
import math
import pathlib
import random
import re
import string
import struct
import sys
import types
import unicodedata

assert sys.version_info[:2] <= (3, 11), "sum() of later versions compensates its rounding"
here = pathlib.Path(__file__).parent
unpacked = pathlib.Path(sys.argv[1])
rng = random.Random(17)


def functions(path, names=None, **given):
    """The functions and named tuples of a script, without its imports and its command line."""
    tree = ast.parse((unpacked / path).read_text())
    kept = [n for n in tree.body if isinstance(n, ast.FunctionDef) and (names is None or n.name in names)]
    space = dict(re=re, string=string, json=json, collections=collections, math=math, sys=sys, **given)
    space["Counter"] = collections.Counter
    exec(compile(ast.Module(kept, []), path, "exec"), space)
    return types.SimpleNamespace(**{n.name: space[n.name] for n in kept}), space


v1, _ = functions("allennlp/tools/squad_eval.py")
v2, _ = functions("farm/evaluation/squad_evaluation.py")


def write(name, value):
    text = json.dumps(value, ensure_ascii=True, indent=None, separators=(",", ":"))
    (here / name).write_text(text.replace('},{"', '},\n{"') + "\n")


# ---- normalisation, exact match and F1 of pairs

pairs = [
    ("The U.S.", "US"), ("co-operate", "cooperate"), ("$5.50", "550"), ("1,000–2,000", "1000-2000"),
    ("“quoted”", "quoted"), ("l'an", "lan"), ("THE-end", "the end"), ("x_the_y", "x y"), ("the", "a"),
    ("the", ""), ("", ""), ("", "x"), (" ", "\t"), ("a\u00a0b", "b"), ("a\u200bb", "b"), ("a\ufeffb", "b"),
    ("ΟΔΟΣ", "οδος"), ("ΟΔΟΣ", "οδοσ"), ("Σ", "σ"), ("ΑΣ.", "ας"), ("ΑΣ.Β", "ασβ"), ("ΑΣ'Β", "ας"), ("Α'Σ", "ας"),
    ("Σ\u0301Α", "σ\u0301α"), ("Α\u0301Σ\u0301", "α\u0301ς\u0301"), ("İstanbul", "istanbul"),
    ("İstanbul", "i\u0307stanbul"), ("STRASSE", "straße"), ("naïve", "naive"), ("naïve", "nai\u0308ve"),
    ("a\u0301b", "b"), ("e\u0301a", "a"), ("an\u0301", "\u0301"), ("a a a", ""), ("the the cat", "cat"),
    ("cat cat dog", "cat dog dog"), ("ëa", "ë"), ("aë", "ë"), ("a1", "1"), ("a½", "½"), ("a²", "²"), ("a\u2160", ""),
    ("ａ ｂ", "ａｂ"), ("Ａ", "ａ"), ("the\u2019s", "\u2019s"), ("an–the", "–"), ("a—b", "—b"), ("a\x1cb", "b"),
    ("a\x1fb", "b"), ("a\x0bb", "b"), ("a\x85b", "b"), ("a\u2028b", "b"), ("a\u180eb", "b"), ("a\u3000b", "b"),
    ("the 😀 cat", "😀 cat"), ("👩‍👩‍👧 a", "👩‍👩‍👧"), ("\U0001d400", "a"), ("ǅ", "ǆ"), ("ﬁnal", "final"), ("\u212b", "å"),
    ("K", "k"), ("\u1e9e", "ß"), ("Ⅷ", "ⅷ"), ("a\r\nb", "b"), ("a_b", "ab"), ("`~|", ""), ("¿qué?", "¿qué"),
    ("1895-1943", "18951943"), ("one two three", "three two one"), ("one two", "one two three four"),
    ("a\ud7a3b", "x"), ("中 a 国", "中国"), ("中a国", "中国"), ("an\u00ad", ""), ("\u00ada", ""),
]
words = """a an the A An THE cat Dog dog. the-cat U.S. 5.50 $7 1,000 Straße ΟΔΟΣ ΣΑΣ İx ëa é e\u0301 a\u0301 naïve 中 国 中文 — –
  “x” '' ... ' " () x_y _a_ 😀 👩‍👧 ½ ² Ⅷ ａ ﬁ \u00ad \u200b ǅ ß \ufeff the\u00a0 a\u2003b o'Neil""".split(" ")
words = [w for w in (x.strip("\n") for x in words) if w]
blanks = [" ", " ", " ", " ", "  ", "\t", "\n", "\u00a0", "\u2009", "\u3000", "\x1c", "\u200b", "", "-"]


def phrase():
    return "".join(rng.choice(words) + rng.choice(blanks) for _ in range(rng.randrange(6)))


def scramble():
    pools = [(0, 0x7f), (0x80, 0x250), (0x300, 0x370), (0x370, 0x400), (0x400, 0x530), (0x1e00, 0x2070),
             (0x2100, 0x2190), (0x3000, 0x3100), (0xff00, 0xff5f), (0x10400, 0x10450), (0x1d400, 0x1d7ff)]
    chars = []
    for _ in range(rng.randrange(1, 14)):
        c = chr(rng.randrange(*rng.choice(pools)))
        chars.append(rng.choice([c, "Σ", "a", " ", "'", "the", c]))
    return "".join(c for c in chars if all(unicodedata.category(x) != "Cn" for x in c))


pairs += [(p, rng.choice([p, p.lower(), phrase(), phrase()])) for p in (phrase() for _ in range(160))]
pairs += [(p, p.lower().replace("a", "")) for p in (scramble() for _ in range(160))]
table = []
for prediction, gold in pairs:
    assert v1.normalize_answer(gold) == v2.normalize_answer(gold)
    table.append({
        "prediction": prediction, "gold": gold, "normalized": v1.normalize_answer(prediction),
        "exact": int(v1.exact_match_score(prediction, gold)), "f1_v1": float(v1.f1_score(prediction, gold)),
        "f1_v2": float(v2.compute_f1(gold, prediction)),
    })
write("answer-pairs.json", table)

# ---- whole sets

def short():
    return rng.choice(["", "the", "A.", "cat", "the cat", "dog cat", "a dog", "cat dog bird", "Cat!", "x y z", "fish"])


def make_set(number, version, missing):
    questions = []
    for index in range(number):
        answers = [short() for _ in range(rng.randrange(1, 4))]
        if version == 2 and rng.random() < 0.4:
            answers = []
        prediction = short() if rng.random() < 0.6 or not answers else rng.choice(answers)
        odds = rng.choice([-4.5, -1.0, 0.0, 0.25, 1.0, 1.5, rng.uniform(-6, 6)])
        questions.append({"gold": answers, "prediction": None if rng.random() < missing else prediction, "odds": odds})
    return questions


def as_dataset(questions):
    qas = [{"id": str(i), "answers": [{"text": t} for t in q["gold"]]} for i, q in enumerate(questions)]
    predictions = {str(i): q["prediction"] for i, q in enumerate(questions) if q["prediction"] is not None}
    return [{"paragraphs": [{"qas": qas}]}], predictions


sets = []
for number, missing in [(1, 0), (7, 0), (60, 0), (60, 0.2), (333, 0)]:
    questions = make_set(number, 1, missing)
    dataset, predictions = as_dataset(questions)
    with contextlib.redirect_stderr(io.StringIO()):
        result = v1.evaluate(dataset, predictions)
    sets.append({"version": 1, "questions": questions, "result": result})


def evaluate2(dataset, predictions, odds, threshold):
    """What main() of evaluate-v2.0.py does with its functions."""
    has_answer = v2.make_qid_to_has_ans(dataset)
    with contextlib.redirect_stdout(io.StringIO()):
        exact, f1 = v2.get_raw_scores(dataset, predictions)
    given = odds if odds is not None else {k: 0.0 for k in predictions}
    exact_after = v2.apply_no_ans_threshold(exact, given, has_answer, threshold)
    f1_after = v2.apply_no_ans_threshold(f1, given, has_answer, threshold)
    result = v2.make_eval_dict(exact_after, f1_after)
    for wanted, prefix in [(True, "HasAns"), (False, "NoAns")]:
        ids = [k for k, v in has_answer.items() if v == wanted]
        if ids and all(k in predictions for k in ids):
            v2.merge_eval(result, v2.make_eval_dict(exact_after, f1_after, qid_list=ids), prefix)
    if odds is not None:
        v2.find_all_best_thresh(result, predictions, exact, f1, given, has_answer)
    return result


for number, missing, with_odds, threshold in [
    (1, 0, True, 1.0), (9, 0, False, 1.0), (60, 0, True, 1.0), (60, 0, True, -1.0), (60, 0, True, 0.0),
    (60, 0.2, True, 1.0), (60, 0.2, False, 1.0), (300, 0, True, 1.0), (301, 0, True, 0.25),
]:
    questions = make_set(number, 2, missing)
    dataset, predictions = as_dataset(questions)
    odds = {str(i): q["odds"] for i, q in enumerate(questions)} if with_odds else None
    if not with_odds:
        for question in questions:
            question["odds"] = None
    sets.append({"version": 2, "questions": questions, "threshold": threshold,
                 "result": evaluate2(dataset, predictions, odds, threshold)})
for question in ["has", "none"]:
    questions = make_set(20, 1 if question == "has" else 2, 0)
    if question == "none":
        for q in questions:
            q["gold"] = []
    dataset, predictions = as_dataset(questions)
    odds = {str(i): q["odds"] for i, q in enumerate(questions)}
    sets.append({"version": 2, "questions": questions, "threshold": 1.0,
                 "result": evaluate2(dataset, predictions, odds, 1.0)})
write("sets.json", sets)

# ---- from logits to an answer

bert, space = functions(
    "bert/run_squad.py", ["write_predictions", "_get_best_indexes", "_compute_softmax", "_check_is_max_context"])


class GFile(io.StringIO):
    """A file that stays in memory, by its name."""

    written = {}

    def __init__(self, name, mode):
        super().__init__()
        self.name = name

    def __exit__(self, *_):
        GFile.written[self.name] = self.getvalue()


space["tf"] = types.SimpleNamespace(
    logging=types.SimpleNamespace(info=lambda *_: None), gfile=types.SimpleNamespace(GFile=GFile))
# The alignment heuristic is not ours: the text is that of the context, word for word.
space["get_final_text"] = lambda predicted, original, lower: original
Span = collections.namedtuple("DocSpan", ["start", "length"])


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


vocabulary = "cat dog bird fish é e\u0301 😀 U.S. 中 naïve cat dog".split(" ")


def make_question(index, tokens, room, stride, levels, first):
    """A question on `tokens` words in windows of `room`; few levels of logits make ties."""
    doc = [rng.choice(vocabulary) for _ in range(tokens)]
    spans, start = [], 0
    while True:
        length = min(room, tokens - start)
        spans.append(Span(start, length))
        if start + length == tokens:
            break
        start += min(length, stride)
    width = first + room + 2
    windows = []
    for number, span in enumerate(spans):
        def logits():
            if levels:
                return [single(rng.randrange(levels) / 4 - 1) for _ in range(width)]
            return [single(rng.gauss(0, 2)) for _ in range(width)]
        starts, ends = logits(), logits()
        if index % 7 == 3:  # No answer within the context.
            for place in range(first, first + span.length):
                starts[place] = -50.0
        windows.append({"start": starts, "end": ends})
    return doc, spans, windows, first


def run_bert(questions, negative, threshold):
    space["FLAGS"] = types.SimpleNamespace(
        version_2_with_negative=negative, null_score_diff_threshold=threshold, verbose_logging=False)
    Example = collections.namedtuple("Example", ["qas_id", "doc_tokens"])
    Feature = collections.namedtuple(
        "Feature", ["unique_id", "example_index", "tokens", "token_to_orig_map", "token_is_max_context"])
    Result = collections.namedtuple("Result", ["unique_id", "start_logits", "end_logits"])
    examples, features, results = [], [], []
    for index, (doc, spans, windows, first) in enumerate(questions):
        examples.append(Example(f"q{index}é", doc))
        for number, span in enumerate(spans):
            mapping = {first + i: span.start + i for i in range(span.length)}
            biggest = {first + i: bert._check_is_max_context(spans, number, span.start + i) for i in range(span.length)}
            tokens = ["[CLS]"] + ["q"] * (first - 2) + ["[SEP]"] + doc[span.start:span.start + span.length] + ["[SEP]"]
            features.append(Feature(len(features), index, tokens, mapping, biggest))
            results.append(Result(len(results), windows[number]["start"], windows[number]["end"]))
    GFile.written = {}
    bert.write_predictions(examples, features, results, 20, 30, False, "predictions", "nbest", "odds")
    return dict(GFile.written)


shapes = [
    (9, 12, 5, 0, 3), (12, 12, 5, 4, 3), (30, 12, 5, 0, 4), (30, 12, 4, 3, 4), (47, 40, 8, 0, 5), (1, 12, 5, 0, 3),
    (33, 10, 3, 2, 6), (60, 45, 11, 0, 3), (26, 8, 8, 3, 3), (14, 6, 2, 0, 2),
]
questions = [make_question(i, *shape) for i, shape in enumerate(shapes * 2)]
answerable = [q for i, q in enumerate(questions) if i % 7 != 3]
cases = []
for chosen, negative, threshold in [(questions, False, 0.0), (answerable, True, 0.0), (answerable, True, -1.5)]:
    cases.append({
        "negative": negative, "threshold": threshold, "questions": [questions.index(q) for q in chosen],
        "files": run_bert(chosen, negative, threshold)})
write("windows.json", {
    "questions": [{"words": doc, "spans": [[s.start, s.length] for s in spans], "first": first, "windows": windows}
                  for doc, spans, windows, first in questions],
    "cases": [{k: v for k, v in case.items() if k != "files"} for case in cases]})
for number, case in enumerate(cases):
    for name, text in case["files"].items():
        (here / f"bert-{number}-{name}.json").write_text(text)

# ---- classes

from sklearn import metrics  # noqa: E402

confusions = []
for counts in [
    [[5, 1], [2, 7]], [[0, 4], [0, 9]], [[9, 0], [4, 0]], [[3, 0], [0, 3]], [[0, 3], [3, 0]], [[428, 0], [444, 0]],
    [[400, 28], [51, 393]], [[7, 0], [0, 0]], [[0, 7], [0, 0]],
    [[50, 3, 2], [4, 40, 9], [1, 8, 33]], [[0, 0, 0], [2, 5, 1], [0, 0, 0]], [[5, 0, 1], [0, 0, 0], [2, 0, 6]],
    [[rng.randrange(40) for _ in range(9)] for _ in range(9)], [[3479, 200, 129], [310, 2800, 190], [88, 140, 3100]],
]:
    true = [i for i, row in enumerate(counts) for n in row for _ in range(n)]
    predicted = [j for row in counts for j, n in enumerate(row) for _ in range(n)]
    entry = {
        "counts": counts, "accuracy": metrics.accuracy_score(true, predicted),
        "macro_f1": metrics.f1_score(true, predicted, average="macro", zero_division=0),
        "micro_f1": metrics.f1_score(true, predicted, average="micro", zero_division=0),
        "f1": metrics.f1_score(true, predicted, average=None, labels=range(len(counts)), zero_division=0).tolist(),
        "precision": metrics.precision_score(
            true, predicted, average=None, labels=range(len(counts)), zero_division=0).tolist(),
        "recall": metrics.recall_score(
            true, predicted, average=None, labels=range(len(counts)), zero_division=0).tolist(),
        "matthews": float(metrics.matthews_corrcoef(true, predicted)),
    }
    confusions.append(entry)
write("confusions.json", confusions)

# ---- the properties of all characters

def ranges(test):
    found = []
    for value in range(0x110000):
        if 0xd800 <= value < 0xe000 or not test(chr(value)):
            continue
        if found and found[-1][1] == value:
            found[-1][1] = value + 1
        else:
            found.append([value, value + 1])
    return found


lowered = {}
for value in range(0x110000):
    if not 0xd800 <= value < 0xe000 and value != 0x3a3 and chr(value).lower() != chr(value):
        lowered[f"{value:x}"] = [ord(c) for c in chr(value).lower()]
write("characters.json", {
    "lowercase": " ".join(f"{k}:{'+'.join(f'{x:x}' for x in v)}" for k, v in lowered.items()),
    "word": " ".join(f"{a:x}-{b:x}" for a, b in ranges(lambda c: re.match(r"\w", c))),
    "space": " ".join(f"{a:x}-{b:x}" for a, b in ranges(str.isspace)),
    "final": " ".join(f"{a:x}-{b:x}" for a, b in ranges(lambda c: (c + "Σ").lower()[-1] == "ς")),
    "passed": " ".join(f"{a:x}-{b:x}" for a, b in ranges(lambda c: ("Α" + c + "Σ").lower()[-1] == "ς")),
    "followed": " ".join(f"{a:x}-{b:x}" for a, b in ranges(lambda c: ("ΑΣ" + c).lower()[1] == "σ")),
})

# ---- several seeds

import statistics  # noqa: E402

seeds = []
for scores in [[0.5], [0.8, 0.9], [0.81, 0.83, 0.509, 0.84, 0.82], [rng.random() for _ in range(10)]]:
    seeds.append({"scores": scores, "median": statistics.median(scores), "mean": statistics.fmean(scores),
                  "deviation": statistics.stdev(scores) if len(scores) > 1 else None})
write("seeds.json", seeds)
