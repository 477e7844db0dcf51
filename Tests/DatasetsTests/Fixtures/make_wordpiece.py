"""Writes the WordPiece fixtures: two vocabularies, lines of text, and their tokens.

    pip install tokenizers==0.23.3
    python3 make_wordpiece.py

The tokens are those of Hugging Face's tokenizers, one line of numbers for each line of text. The
text is written for this purpose; it goes through everything that the basic tokenizer tells apart.
"""

import unicodedata
from pathlib import Path

from tokenizers import BertWordPieceTokenizer

FOLDER = Path(__file__).parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LINES = [
    "The quick brown fox jumps over the lazy dog.",
    "  Blanks,\ttabs\u00a0and\u2003wide ones \u3000 between   words  ",
    "unaffable UNAFFABLE Unaffable",
    "Don't stop: \u201ccurly\u201d \u2018quotes\u2019 \u2014 dashes\u2026 and $100 (50 %)!",
    "a^b `c` d|e f~g h=i <j> k+l m_n o\\p {q}",
    "Caf\u00e9 na\u00efve r\u00e9trouss\u00e9 \u00c5ngstr\u00f6m \u0141\u00f3d\u017a \u00d8re",
    "Cafe\u0301 with a combining accent, e\u0300e\u0301, and q\u0323\u0307",
    "\u0130stanbul and Istanbul, \u0131l\u0131k, \u1e9e and \u00df, \ufb01ne \ufb02ow",
    "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03bf\u03c2 \u0391\u03a3. \u0395\u03bb\u03bb\u03ac\u03b4\u03b1",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u0439\u043e\u0434 \u0401\u043b\u043a\u0430",
    "\u4e2d\u6587 and \u6f22\u5b57mixed\u6771\u4eac, \U00020000 too; \u3072\u3089\u304c\u306a \u30ab\u30bf",
    "\ud55c\uad6d\uc5b4 \ud14d\uc2a4\ud2b8",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22 \u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u0644\u0639\u064e\u0631\u0628\u064a\u0629",
    "soft\u00adhyphen zero\u200bwidth joi\u200dner \ufeffmark form\ffeed bell\x07 \ufffd and \x7f",
    "next\u0085line line\u2028separator paragraph\u2029separator",
    "emoji \U0001f600\U0001f1e9\U0001f1ea \u2665 \u00a9 2\u00b2 x\u2080 \u00bd",
    "x" * 100 + " " + "x" * 101 + " " + "\u00e9" * 100 + " " + "\u00e9" * 101,
    "[MASK] [CLS] ##x # ##",
    "\u037e\u1fef\u2000\u00b4 \u2260 \u212b \u2126",
    "1,234.56 3rd 2nd U.S.A. e-mail@example.org http://a.b/c?d=e",
    "",
    " ",
    "a",
]
WORDS = ["the", "The", "un", "##aff", "##able", "##a", "quick", "##s", "stan", "##bul", "xxxx", "##xxxx"]
# Left out of the vocabularies, so that words with them are unknown.
UNKNOWN = set("z\u2665")


def vocabulary(is_cased: bool) -> list[str]:
    text = "".join(LINES)
    if not is_cased:
        text += unicodedata.normalize("NFD", text)
        text = "".join(c for c in text.lower() if not "A" <= c <= "Z")
    characters = sorted({c for c in text if not c.isspace() and c not in UNKNOWN})
    pieces = SPECIAL + [w for w in WORDS if is_cased or w == w.lower()]
    pieces += characters + ["##" + c for c in characters]
    return list(dict.fromkeys(pieces))


def main() -> None:
    (FOLDER / "wordpiece.txt").write_text("\n".join(LINES), encoding="utf-8", newline="\n")
    for name, is_cased in (("uncased", False), ("cased", True)):
        file = FOLDER / f"wordpiece-{name}-vocab.txt"
        pieces = vocabulary(is_cased)
        file.write_text("".join(p + "\n" for p in pieces), encoding="utf-8", newline="\n")
        # From a dictionary: the library reads lines by other ends than a line feed too.
        tokenizer = BertWordPieceTokenizer(
            {p: i for i, p in enumerate(pieces)}, lowercase=not is_cased)
        # Special tokens in a text are text here.
        tokens = []
        for line in LINES:
            words = tokenizer._tokenizer.pre_tokenizer.pre_tokenize_str(
                tokenizer._tokenizer.normalizer.normalize_str(line))
            model = tokenizer._tokenizer.model
            tokens.append([t.id for word, _ in words for t in model.tokenize(word)])
        (FOLDER / f"wordpiece-{name}.ids").write_text(
            "\n".join(" ".join(map(str, t)) for t in tokens))


main()
