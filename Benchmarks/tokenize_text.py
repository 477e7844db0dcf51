"""Times Hugging Face's WordPiece tokenizer on a text, line by line on one thread.

    pip install tokenizers
    RAYON_NUM_THREADS=1 taskset -c 1 python3 tokenize_text.py vocab.txt text.txt

The numbers of docs/text.md; `time gmlp-train prepare text` and `time spm_encode` are the others.
"""

import sys
import time
from pathlib import Path

from tokenizers import BertWordPieceTokenizer


def main() -> None:
    tokenizer = BertWordPieceTokenizer(sys.argv[1], lowercase=True)
    content = Path(sys.argv[2]).read_bytes()
    lines = content.decode().split("\n")
    start = time.perf_counter()
    tokens = sum(len(tokenizer.encode(line, add_special_tokens=False).ids) for line in lines)
    seconds = time.perf_counter() - start
    print(f"{tokens} tokens, {seconds:.2f} s, {len(content) / seconds / 1e6:.2f} MB/s")


main()
