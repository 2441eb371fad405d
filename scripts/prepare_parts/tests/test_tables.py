"""Tables as people have them, and what is wrong with them."""

import tempfile
import unittest
from pathlib import Path

from prepare_parts.classes import merge, read_classes
from prepare_parts.clips import check_names, read_clips
from prepare_parts.frames import locate
from prepare_parts.layouts import LAYOUTS, read_coding
from prepare_parts.problems import ClipError, TableError

HEAD = "clip,dataset,subject,label,onset,apex\n"


class TableTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.table = self.folder / "t.csv"

    def clips(self, text: str) -> list:
        self.table.write_text(text, encoding="utf-8", newline="")
        clips = read_clips(self.table)
        check_names(clips)
        return clips

    def refuses(self, text: str, message: str) -> None:
        with self.assertRaises(TableError) as caught:
            self.clips(text)
        self.assertEqual(str(caught.exception).replace(str(self.table), "t.csv"), message)

    def test_reads_what_spreadsheets_write(self) -> None:
        plain = self.clips(HEAD + "c1,d,006,happy,a.png,b.png\n")
        self.assertEqual((plain[0].subject, plain[0].onset), ("006", self.folder / "a.png"))
        for other in (
            "\ufeff" + HEAD.replace("\n", "\r\n") + "c1,d,006,happy,a.png,b.png\r\n\r\n",
            (HEAD + "c1,d,006,happy,a.png,b.png\n").replace(",", ";"),
            (HEAD + "c1,d,006,happy,a.png,b.png").replace(",", "\t"),
            HEAD + '"c1" , d, 006 ,happy,"a.png",b.png\n ,,,,,\n',
            "note,apex,onset,label,subject,dataset,clip\nx,b.png,a.png,happy,006,d,c1\n",
        ):
            self.assertEqual(self.clips(other), plain, other)

    def test_refuses_bad_tables(self) -> None:
        self.refuses("", "t.csv: has no row of data")
        self.refuses(HEAD, "t.csv: has no row of data")
        self.refuses(HEAD + "c,d,s,,a,b\n", 't.csv, line 2: column "label" is empty')
        self.refuses(HEAD + "c,d,s,l,a\n", "t.csv, line 2: has 5 fields, the first line 6")
        self.refuses(
            "clip,dataset,subject,label,onset\nc,d,s,l,a\n",
            't.csv, line 1: has no column "apex"; columns: clip, dataset, subject, label, onset',
        )
        self.refuses(
            HEAD.replace("label", "clip") + "c,d,s,l,a,b\n",
            't.csv, line 1: has two column "clip"; columns: clip, dataset, subject, clip, onset, apex',
        )
        self.refuses(
            HEAD + "c,d,../s,l,a,b\n",
            't.csv, line 2 (clip "c"): column "subject" is "../s"; it names files, so only letters, '
            "digits and _ - + . ( ) may stand there, and no dot at its start",
        )
        self.refuses(
            HEAD + "c,d,s,l,a,b\nC,d,s,l,a,b\n",
            't.csv, line 3 (clip "C"): is named "d_s_C", as is t.csv, line 2 (clip "c")',
        )

    def test_merges_classes_and_says_what_is_left_out(self) -> None:
        clips = self.clips(HEAD + "a,d,s,disgust,o,p\nb,d,s,happiness,o,p\nc,d,s,others,o,p\n")
        kept, left = merge(clips, read_classes(["negative=disgust", "positive = happiness"]))
        self.assertEqual([clip.label for clip in kept], ["negative", "positive"])
        self.assertEqual(left, {"others": 1})
        for texts, message in (
            (["negative"], '--class is "negative", not such as negative=disgust,repression'),
            (["a=x", "b=x"], '--class names the label "x" twice'),
            (["a=sad"], '--class names the label "sad", which no clip has; labels: disgust, '
                        "happiness, others"),
        ):
            with self.assertRaises(TableError) as caught:
                merge(clips, read_classes(texts))
            self.assertEqual(str(caught.exception), message)


class LayoutTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.table = self.folder / "t.csv"

    def coding(self, layout: str, text: str, *frames: str) -> list:
        for frame in frames:
            path = self.folder / frame
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        self.table.write_text(text)
        return read_coding(self.table, LAYOUTS[layout], self.folder)

    def test_casme2(self) -> None:
        (clip,) = self.coding(
            "casme2",
            "Subject,Filename,,OnsetFrame,ApexFrame,OffsetFrame,,Action Units,Estimated Emotion\n"
            "1,EP02_01f,,46,59,86,,12,happiness\n",
            "sub01/EP02_01f/reg_img46.jpg", "sub01/EP02_01f/reg_img59.jpg",
        )
        self.assertEqual((clip.name, clip.label), ("casme2_sub01_EP02_01f", "happiness"))
        self.assertEqual(locate(clip.apex), self.folder / "sub01/EP02_01f/reg_img59.jpg")

    def test_samm_with_zeros_cut_by_a_spreadsheet(self) -> None:
        (clip,) = self.coding(
            "samm",
            "Subject;Filename;Onset Frame;Apex Frame;Estimated Emotion\n6;006_1_2;5562;5588;Happiness\n",
            "006/006_1_2/006_05562.jpg", "006/006_1_2/006_05588.jpg",
        )
        self.assertEqual((clip.name, clip.label), ("samm_006_006_1_2", "happiness"))
        self.assertEqual(locate(clip.onset), self.folder / "006/006_1_2/006_05562.jpg")

    def test_refuses_what_is_not_there(self) -> None:
        head = "Subject,Filename,OnsetFrame,ApexFrame,Estimated Emotion\n"
        folder = self.folder / "sub01/EP"
        for apex, frames, message in (
            ("/", (), 'column "ApexFrame" is "/", not a whole number'),
            ("59", (), f"there is no folder {folder}"),
            ("59", ("sub01/EP/img46.jpg",), f"{folder} has no image of number 59"),
            ("46", ("sub01/EP/img046.jpg",), f"{folder} has 2 images of number 46"),
        ):
            (clip,) = self.coding("casme2", f"{head}1,EP,46,{apex},x\n", *frames)
            with self.subTest(message), self.assertRaises(ClipError) as caught:
                locate(clip.apex)
            self.assertEqual(str(caught.exception), message)
        with self.assertRaises(TableError) as refused:
            self.coding("casme2", head + "sub1,EP,46,59,x\n")
        self.assertEqual(
            str(refused.exception),
            f'{self.table}, line 2: column "Subject" is "sub1", not a whole number',
        )


if __name__ == "__main__":
    unittest.main()
