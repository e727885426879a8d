"""Files that are made to harm whoever reads them, built by code.

Each maker tells in its first line what it tries. `FILES` has them all, with what they get.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterable
from io import BytesIO

from tests.realtime.documents.made import (
    BODY,
    CONTENT_TYPES,
    RELATIONSHIPS,
    docx,
    paragraph,
    pdf_of,
    stream,
)

MIB = 1024 * 1024

# --- PDF


def repeated(piece: bytes, times: int) -> bytes:
    """A piece, so many times over, deflated: one block that refers to nothing before it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * times + b"\x03\0"


def one_page(content: bytes, *others: bytes) -> bytes:
    """A page with that content stream, object 4; other objects follow from 5 on."""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F"
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<</X5 5 0 R>>>>>>",
        content,
        *others,
    )


def pdf_bomb() -> bytes:
    """A page whose content is 2 GiB of zeros, deflated twice."""
    twice = zlib.compress(b"\x78\xda" + repeated(bytes(MIB), 2048), 9)
    return one_page(stream(twice, b"/Filter[/FlateDecode/FlateDecode]"))


def pdf_words_bomb() -> bytes:
    """A page whose content shows a word 20 million times, deflated."""
    words = repeated(b"BT /F 12 Tf 9 9 Td (word) Tj ET " * 10_000, 2_000)
    return one_page(stream(b"\x78\xda" + words, b"/Filter/FlateDecode"))


def pdf_many_words() -> bytes:
    """A page with 100,000 words, in a script too small to see."""
    line = b"/F .01 Tf 0 1 Td (" + b"word " * 2_000 + b") Tj "
    return one_page(stream(b"\x78\xda" + repeated(line, 50), b"/Filter/FlateDecode"))


def pdf_pages(count: int) -> bytes:
    """A PDF of so many empty pages."""
    kids = b" ".join(b"%d 0 R" % (index + 3) for index in range(count))
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"] * count,
    )


def pdf_pages_lie() -> bytes:
    """One page, said to be two thousand million."""
    return pdf_pages(1).replace(b"/Count 1/", b"/Count 2000000000/")


def pdf_endless_tree() -> bytes:
    """A tree of pages whose branch is the root again."""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>"
    )


def pdf_deep_tree() -> bytes:
    """A page at the end of 50,000 branches."""
    depth = 50_000
    branches = [b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (3 + index) for index in range(depth)]
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", *branches, b"<</Type/Page>>")


def pdf_deep_array() -> bytes:
    """An array within an array, a million times."""
    return one_page(b"[" * 1_000_000)


def pdf_deep_content() -> bytes:
    """A content stream of a million opened arrays, dictionaries and saved states."""
    return one_page(stream(b"[" * 1_000_000 + b"<<" * 1_000_000 + b"q " * 1_000_000))


def pdf_huge_table() -> bytes:
    """A cross-reference table that is said to have four thousand million entries."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"xref\n0 4294967295\n0000000000 65535 f \n"
        b"trailer<</Size 4294967295/Root 1 0 R>>\nstartxref\n58\n%%EOF"
    )


def pdf_table_loop() -> bytes:
    """A cross-reference table that comes before itself."""
    plain = one_page(stream(b""))
    at = plain.rindex(b"xref\n0 ")
    return plain.replace(b"trailer<<", b"trailer<</Prev %d" % at)


def pdf_laughs() -> bytes:
    """Drawings that draw the next one ten times each, twelve deep."""
    forms = []
    for number in range(5, 17):
        inner = b"BT /F 9 Tf (ha) Tj ET" if number == 16 else b"/X%d Do " % (number + 1) * 10
        rest = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<<"
        forms.append(stream(inner, rest + b"/X%d %d 0 R>>>>" % (number + 1, number + 1)))
    return one_page(stream(b"/X5 Do"), *forms)


def pdf_drawing_loop() -> bytes:
    """A drawing that draws itself."""
    rest = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</X5 5 0 R>>>>"
    return one_page(stream(b"/X5 Do"), stream(b"/X5 Do /X5 Do", rest))


def pdf_filters() -> bytes:
    """A content stream that goes through ten thousand filters."""
    return one_page(stream(b"", b"/Filter[" + b"/ASCIIHexDecode" * 10_000 + b"]"))


def pdf_noise() -> bytes:
    """A PDF's header, and nothing of one behind it."""
    return b"%PDF-1.7\n" + bytes(range(256)) * 400


def pdf_cut() -> bytes:
    """A PDF without its second half."""
    whole = pdf_pages(50)
    return whole[: len(whole) // 200]


# --- DOCX


def archive(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP with these entries, names as they are given."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    return buffer.getvalue()


def docx_spaces() -> bytes:
    """10 GiB of spaces before the body: 10 MiB of deflated ones, in a single entry."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        file.writestr("_rels/.rels", RELATIONSHIPS)
        file.writestr("word/document.xml", repeated(b" " * MIB, 10_240))
    # The entry is said to be deflated, and to be as long as an entry can be: what counts is what
    # comes of it.
    data = bytearray(buffer.getvalue())
    for mark, method_at, size_at in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        at = data.rindex(mark)
        data[at + method_at : at + method_at + 2] = b"\x08\0"
        data[at + size_at : at + size_at + 4] = b"\xf0\xff\xff\xff"
    return bytes(data)


def docx_nested() -> bytes:
    """Archives within archives, ten deep, ten wide; the text is beside them."""
    inner = archive([("zeros", bytes(MIB))])
    for _ in range(10):
        inner = archive((f"{index}.zip", inner) for index in range(2))
    return docx(paragraph("A line."), {f"word/embeddings/{n}.zip": inner for n in range(2)})


def zip_alone() -> bytes:
    """An archive that is no document."""
    return archive([("a.zip", archive([("b.zip", b"")]))])


def docx_laughs() -> bytes:
    """An entity made of ten others, ten deep, as the body's text."""
    entities = '<!ENTITY l0 "ha">' + "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11)
    )
    return docx_with_head(f"<!DOCTYPE d [{entities}]>", "&l10;")


def docx_outside() -> bytes:
    """An entity that is a file of the machine's."""
    return docx_with_head('<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;")


def docx_with_head(head: str, text: str) -> bytes:
    body = BODY[0].decode() + paragraph(text) + BODY[1].decode()
    declaration, _, rest = body.partition("?>")
    return archive(
        [
            ("_rels/.rels", RELATIONSHIPS.encode()),
            ("word/document.xml", f"{declaration}?>{head}{rest}".encode()),
        ]
    )


def docx_entries() -> bytes:
    """100,000 entries."""
    return docx(paragraph("A line."), {f"word/media/{n}": "" for n in range(100_000)})


def docx_paths() -> bytes:
    """Entries with names that lead out of any folder, one of them for the body."""
    outside = RELATIONSHIPS.replace("word/document.xml", "../../../../etc/passwd")
    return archive(
        [("_rels/.rels", outside.encode()), ("../../../../etc/passwd", b"root"), ("/etc/x", b"")]
    )


def docx_rows() -> bytes:
    """A table of a million rows."""
    row = f"<w:tr><w:tc>{paragraph('cell')}</w:tc></w:tr>"
    return docx(f"<w:tbl>{row * 1_000_000}</w:tbl>")


def docx_empty_rows() -> bytes:
    """A table of 300,000 rows with nothing in them."""
    return docx("<w:tbl>" + "<w:tr><w:tc><w:p/></w:tc></w:tr>" * 300_000 + "</w:tbl>")


def docx_deep() -> bytes:
    """100,000 tables, each in the former's cell."""
    return docx("<w:tbl><w:tr><w:tc>" * 100_000 + "</w:tc></w:tr></w:tbl>" * 100_000)


def docx_names() -> bytes:
    """One element with 300,000 attributes."""
    return docx("<w:p " + " ".join(f"a{n}=''" for n in range(300_000)) + "/>")


def docx_locked_entry() -> bytes:
    """An archive whose body is marked as encrypted."""
    data = bytearray(docx(paragraph("A line.")))
    at = data.rindex(b"word/document.xml") - 46
    data[at + 8] |= 1
    return bytes(data)


def docx_cut() -> bytes:
    """A DOCX without its end."""
    return docx(paragraph("A line."))[:-40]


def docx_workbook() -> bytes:
    """A package whose main part is a workbook."""
    return archive(
        [
            ("[Content_Types].xml", CONTENT_TYPES.encode()),
            ("_rels/.rels", RELATIONSHIPS.replace("word/document.xml", "xl/workbook.xml").encode()),
            ("xl/workbook.xml", b"<workbook/>"),
        ]
    )


def compound(*names: str) -> bytes:
    """A compound file, as far as its mark and the names in it go."""
    mark = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    return mark + bytes(504) + b"".join(name.encode("utf-16-le") + bytes(64) for name in names)


# --- Text


def one_line() -> bytes:
    """10 MiB on one line."""
    return b"word " * (2 * MIB)


def noise() -> bytes:
    """Every byte there is, in turn."""
    return bytes(range(256)) * 4


def utf16_broken() -> bytes:
    """UTF-16 with half of a pair."""
    return b"\xff\xfe" + "Mina".encode("utf-16-le") + b"\x3d\xd8" + "Kim".encode("utf-16-le")


# What each gets: a reason, or null where it has a text after all.
FILES: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "bomb.pdf": (pdf_bomb, "too_complex"),
    "words-bomb.pdf": (pdf_words_bomb, "too_complex"),
    "many-words.pdf": (pdf_many_words, "too_large"),
    "pages.pdf": (lambda: pdf_pages(10_000), "too_many_pages"),
    "pages-lie.pdf": (pdf_pages_lie, "empty"),
    "endless-tree.pdf": (pdf_endless_tree, "damaged"),
    "deep-tree.pdf": (pdf_deep_tree, "damaged"),
    "deep-array.pdf": (pdf_deep_array, "empty"),
    "deep-content.pdf": (pdf_deep_content, "empty"),
    "huge-table.pdf": (pdf_huge_table, "damaged"),
    "table-loop.pdf": (pdf_table_loop, "empty"),
    "laughs.pdf": (pdf_laughs, "too_complex"),
    "drawing-loop.pdf": (pdf_drawing_loop, "too_complex"),
    "filters.pdf": (pdf_filters, "empty"),
    "noise.pdf": (pdf_noise, "damaged"),
    "cut.pdf": (pdf_cut, "damaged"),
    "spaces.docx": (docx_spaces, "too_complex"),
    "nested.docx": (docx_nested, None),
    "alone.docx": (zip_alone, "unsupported"),
    "laughs.docx": (docx_laughs, "damaged"),
    "outside.docx": (docx_outside, "damaged"),
    "entries.docx": (docx_entries, "too_complex"),
    "paths.docx": (docx_paths, "unsupported"),
    "rows.docx": (docx_rows, "too_large"),
    "empty-rows.docx": (docx_empty_rows, "empty"),
    "deep.docx": (docx_deep, "too_complex"),
    "names.docx": (docx_names, "empty"),
    "locked-entry.docx": (docx_locked_entry, "encrypted"),
    "cut.docx": (docx_cut, "damaged"),
    "workbook.docx": (docx_workbook, "unsupported"),
    "encrypted.docx": (lambda: compound("EncryptionInfo", "EncryptedPackage"), "encrypted"),
    "old.doc": (lambda: compound("WordDocument"), "unsupported"),
    "line.txt": (one_line, "too_large"),
    "noise.pdf.pdf": (noise, "unsupported"),
    "utf16-broken.txt": (utf16_broken, "damaged"),
}
