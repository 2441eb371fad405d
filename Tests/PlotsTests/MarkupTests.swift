import Plots
import XCTest

/// Whatever a name holds, it stays text.
final class MarkupTests: XCTestCase {
  func testTextIsEscapedAndMarkupIsNot() {
    let name = "<script>alert('1') & \"2\"</script>"
    let cell: Markup = "<td title=\"\(name)\">\(name)</td>"
    let escaped = "&lt;script&gt;alert(&#39;1&#39;) &amp; &quot;2&quot;&lt;/script&gt;"
    XCTAssertEqual(cell.source, "<td title=\"\(escaped)\">\(escaped)</td>")
    let row: Markup = "<tr>\(cell)\(3)</tr>"
    XCTAssertEqual(row.source, "<tr>\(cell.source)3</tr>")
    XCTAssertEqual([cell, cell].joined(by: ", ").source, cell.source + ", " + cell.source)
  }

  func testCharactersThatEndOrHideText() {
    // A quotation mark and an accent after it are one character.
    XCTAssertEqual(
      ("\("\"\u{301}")" as Markup).source.unicodeScalars.map(\.value),
      Array("&quot;".unicodeScalars.map(\.value)) + [0x301])
    XCTAssertEqual(("\("a\nb\u{0}")" as Markup).source, "a\\u{A}b\\u{0}")
    XCTAssertEqual(("\("Ekman 😀 – é")" as Markup).source, "Ekman 😀 – é")
    XCTAssertEqual(Markup(lines: "a: <b>\nc\n").source, "a: &lt;b&gt;\nc\n")
  }

  func testLengthsHaveATenth() {
    let lengths: Markup = "\(12.0) \(-0.04) \(1.25) \(-3.46) \(0.95)"
    XCTAssertEqual(lengths.source, "12 0 1.3 -3.5 1")
  }
}
