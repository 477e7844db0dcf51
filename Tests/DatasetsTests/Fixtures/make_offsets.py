"""Writes offsets.json: texts with their WordPiece tokens and the places of these in the text.

    pip install tokenizers==0.23.3 transformers==5.24.0
    python3 make_offsets.py

Tokens and places are those of Hugging Face's tokenizers with the vocabularies of make_wordpiece.py. Where a
text spells out no special token, transformers' BertTokenizerFast has to give the same. Places count Unicode
code points of the text as it is written here.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers import BertTokenizerFast

FOLDER = Path(__file__).parent
MORE = [
    "a line\r\nand the quick fox\r\n\r\nend",
    "\ufeffthe quick brown fox",
    "in the mid\ufeffdle of a word",
    "tab\tthe\t\tquick",
    "no\u00a0break\u00a0\u00a0the fox",
    "\U0001f600the quick",
    "\U00020000the quick \U00020000",
    "\U0001f1e9\U0001f1eaunaffable\U0001f600",
    "\uff26\uff55\uff4c\uff4c width \uff21\uff22\uff23",
    "\ufb01nal o\ufb03ce \ufb02ow",
    "Cafe\u0301 e\u0301\u0302clair \u0301lone",
    "q\u0323\u0307x (1895\u20131943).",
    "the\u200bquick\u00adfox",
    "\ud55c\uad6d\uc5b4 the",
    "x" * 101 + " the " + "e\u0301" * 101 + " fox",
]


def tokenizer(name: str) -> Tokenizer:
    pieces = (FOLDER / f"wordpiece-{name}-vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    result = Tokenizer(
        WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]", max_input_chars_per_word=100))
    result.normalizer = BertNormalizer(lowercase=name == "uncased")
    result.pre_tokenizer = BertPreTokenizer()
    return result


def bert(name: str) -> BertTokenizerFast:
    pieces = (FOLDER / f"wordpiece-{name}-vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    return BertTokenizerFast(
        vocab={p: i for i, p in enumerate(pieces)}, do_lower_case=name == "uncased")


def main() -> None:
    lines = (FOLDER / "wordpiece.txt").read_text(encoding="utf-8").split("\n") + MORE
    cases = [{"text": line} for line in lines]
    for name in ("uncased", "cased"):
        plain, fast = tokenizer(name), bert(name)
        for case in cases:
            encoding = plain.encode(case["text"])
            case[name] = [[i, *place] for i, place in zip(encoding.ids, encoding.offsets)]
            if "[" in case["text"]:
                continue
            other = fast(case["text"], add_special_tokens=False, return_offsets_mapping=True)
            same = [[i, *place] for i, place in zip(other["input_ids"], other["offset_mapping"])]
            assert same == case[name], (case["text"], same, case[name])
    # One case a line, all ASCII: no editor or checkout can change what the places count.
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (FOLDER / "offsets.json").write_text(f"[\n{text}\n]\n")


main()
