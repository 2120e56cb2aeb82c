"""docs/formats.md on filled pictures: each row holds."""

import io
import re

import numpy as np
import picture_cases as cases
import pytest
from PIL import Image
from runs import ROOT
from test_picture_metadata import XMP, facts, with_everything

from ce_plugin.inpainting.picture_file import read_picture_file, to_bytes
from ce_plugin.inpainting.picture_file.containers import CONTAINERS

PAGE = (ROOT / "docs" / "formats.md").read_text()
PAGE = PAGE[PAGE.index("## Pictures whose holes are filled") :]


def rows(first):
    """The cells of the table whose first column is called so."""
    table = PAGE[PAGE.index(f"| {first} |") :].partition("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()[2:]
    ]


def test_every_kind_is_in_the_table_and_every_row_is_a_case():
    """What the rows say holds by test_picture_file, which goes through the cases."""
    found = {}
    for kinds, written, mode in rows("kind of file"):
        for kind in kinds.split(", "):
            found[kind] = (written, mode)
    assert found == {kind: case[2:] for kind, case in cases.CASES.items()}


@pytest.mark.parametrize("row", rows("ending"), ids=lambda row: row[0])
def test_containers(row):
    ending, exact, icc, density, exif, xmp, text, frames = row
    few = Image.fromarray(cases.noise(3)).quantize(200).convert("RGB")
    given = with_everything("PNG", pixels=np.asarray(few))
    data, notes = to_bytes(read_picture_file(given), ending)
    image = Image.open(io.BytesIO(data))
    same = np.array_equal(np.asarray(image.convert("RGB")), np.asarray(few))
    want, found = facts(given), facts(data)
    assert exact == ("yes" if same else "no")
    assert icc == ("yes" if found["icc"] == want["icc"] else "no")
    assert exif == ("yes" if found["exif"] == want["exif"] else "no")
    assert xmp == ("yes" if found["xmp"] == XMP % 1 else "no")
    near = found["dpi"] and np.allclose(found["dpi"], want["dpi"], atol=1)
    assert density == ("yes" if near else "no")
    assert (text == "yes") == (getattr(image, "text", {}).get("Title") == "A hole")
    told = " ".join(notes)
    for cell, name in ((icc, "ICC"), (density, "density"), (text, "'Title'")):
        assert (cell == "yes") != (name in told)
    moving = read_picture_file(cases.animation("GIF"))
    if frames == "yes":
        data, _ = to_bytes(moving, ending)
        assert Image.open(io.BytesIO(data)).n_frames == 3
    else:
        with pytest.raises(ValueError, match="holds one picture"):
            to_bytes(moving, ending)
    flat = np.full((24, 32, 3), 90, np.uint8)
    comment = read_picture_file(with_everything("JPEG", pixels=flat))
    data, _ = to_bytes(comment, ending)
    kept = Image.open(io.BytesIO(data)).info.get("comment") == b"said"
    assert (text == "comment") == kept


def test_every_container_has_a_row():
    assert {CONTAINERS[row[0]] for row in rows("ending")} == set(CONTAINERS.values())


HELD_BY = {
    "alpha in the hole": "test_alpha_is_kept_by_an_option",
    "colours hidden": "test_hidden_colours_stay_and_the_hole_becomes_opaque",
    "a palette": "test_a_palette_takes_new_colours_while_there_is_room",
    "a GIF that stays one": "test_a_gif_stays_one",
    "an animation": "test_one_mask_a_frame",
    "pages of other sizes": "test_pages_of_other_sizes_stay_a_tiff",
    "smaller copies": "test_reduced_copies_of_a_tiff_are_left_out",
    "a channel of a TIFF": "test_a_channel_that_is_no_alpha",
    "alpha that deep": "test_deep_colours_multiplied_by_alpha_are_refused",
    "further pictures": "test_a_phone_s_jpeg_of_several_pictures",
    "12 bits in 16": "test_twelve_bits_in_sixteen_are_seen",
    "whole numbers of 32 bits": "test_numbers_of_32_bits_need_a_depth",
    "floats": "test_what_is_no_number_is_hole_or_refused",
    "a JPEG that stays one": "test_a_jpeg_keeps_its_coding",
    "CMYK as PNG": "test_cmyk_becomes_rgb_where_asked",
    "the camera's orientation": "test_a_rotation_is_applied_once",
    "EXIF's thumbnail": "test_a_thumbnail_shows_the_old_picture_and_goes",
    "EXIF in a deep TIFF": "test_a_deep_png_keeps_it_all_too",
    "IPTC in a JPEG": "test_iptc_is_named_as_lost",
    "PNG's private chunks": "test_texts_and_colour_chunks_of_a_png",
    "pages of a TIFF that differ": "test_pages_that_differ_in_density",
    "a damaged EXIF": "test_damaged_exif_is_left_out_with_a_note",
    "10 and 12 bits": "test_what_is_cut_to_eight_bits_is_said",
    "a mask of the size": "test_a_mask_of_the_stored_size_is_turned_too",
    "`--mask alpha`": "test_the_hole_is_what_is_transparent",
    "`--hole black`": "test_black_holes",
    "a mask with an alpha": "test_a_layer_of_strokes",
    "LAB": "test_modes_that_are_not_filled_are_named",
    "a picture written over": "test_nothing_is_written_over_a_picture_to_fill",
}


def test_every_detail_has_a_test():
    folder = ROOT / "tests" / "inpainting"
    there = "".join(path.read_text() for path in folder.glob("test_picture_*.py"))
    labels = [row[0] for row in rows("in detail")]
    assert len(labels) == len(HELD_BY)
    for label, start in zip(labels, HELD_BY):
        assert label.startswith(start)
        assert re.search(rf"^def {HELD_BY[start]}\(", there, re.MULTILINE)
