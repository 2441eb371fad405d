import Foundation
import Plots
import XCTest

final class PlotTests: XCTestCase {
  private func labels(_ axis: Axis) -> [String] { axis.ticks.map(\.label) }

  func testTicksAreRoundNumbersAroundTheValues() {
    XCTAssertEqual(labels(Axis("", around: [0, 1])), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    XCTAssertEqual(labels(Axis("", around: [0, 60])), ["0", "20", "40", "60"])
    XCTAssertEqual(
      labels(Axis("", around: [-0.013, 0.2])), ["-0.05", "0.00", "0.05", "0.10", "0.15", "0.20"])
    XCTAssertEqual(
      labels(Axis("", around: [3, 3])), ["2.4", "2.6", "2.8", "3.0", "3.2", "3.4", "3.6"])
    XCTAssertEqual(labels(Axis("", around: [0, 12_345])), ["0", "5000", "10000", "15000"])
    XCTAssertEqual(labels(Axis("", around: [0.0001, 0.0004])).first, "0.0001")
    for (low, high) in [(0.61, 0.9812), (1e-9, 3e-9), (-7.0, 1e6), (0.5, 0.5 + 1e-7)] {
      let axis = Axis("", around: [high, low])
      XCTAssertLessThanOrEqual(axis.low, low)
      XCTAssertGreaterThanOrEqual(axis.high, high)
      XCTAssertTrue((3...9).contains(axis.ticks.count), "\(axis)")
      XCTAssertEqual(Set(labels(axis)).count, axis.ticks.count, "\(axis)")
    }
  }

  func testAShareNeverPassesItsEnds() {
    let axis = Axis("", around: [0.93, 1], within: 0...1)
    XCTAssertEqual(axis.high, 1)
    XCTAssertTrue(axis.ticks.allSatisfy { (axis.low...1).contains($0.value) })
    XCTAssertEqual(axis.share(2), 1)
    XCTAssertEqual(axis.share(axis.low), 0)
    // All alike, at an end.
    let one = Axis("", around: [1, 1], within: 0...1)
    XCTAssertEqual(one.share(1), 1)
    XCTAssertEqual([one.low, one.high], [0.5, 1])
  }

  func testTextIsCutToItsWidth() {
    XCTAssertEqual(TextFit.fitted("sub03", width: 100, size: 11), "sub03")
    let cut = TextFit.fitted("dim=24,regions=corrected,scaling=raw", width: 100, size: 11)
    XCTAssertTrue(cut.hasPrefix("dim=24") && cut.hasSuffix("raw") && cut.contains("…"), cut)
    XCTAssertLessThanOrEqual(TextFit.width(cut, size: 11), 100)
    XCTAssertEqual(TextFit.fitted("abc", width: 0, size: 11), "…")
  }

  /// A mark lies where its value does: halfway along the axis.
  func testMarksLieAtTheirValues() throws {
    let plot = RowPlot(
      Axis("UF1", around: [0, 1]),
      rows: [.init("<a>", [[.init(0.5, interval: 0...1, words: "half & half")]])], rule: 0)
    let source = plot.figure(id: "p", title: "T", description: "D").svg.source
    let circle = try XCTUnwrap(source.firstMatch(of: /<circle class="f0" cx="([0-9.]+)"/))
    let line = try XCTUnwrap(
      source.firstMatch(of: /<path class="i0" d="M([0-9.]+) [0-9.]+H([0-9.]+)"/))
    let ends = try [line.1, line.2].map { try XCTUnwrap(Double($0)) }
    XCTAssertEqual(try XCTUnwrap(Double(circle.1)), (ends[0] + ends[1]) / 2, accuracy: 0.06)
    XCTAssertTrue(source.contains(">&lt;a&gt;</text>"), source)
    XCTAssertTrue(source.contains("<title>half &amp; half</title>"), source)
    XCTAssertTrue(
      source.contains("aria-labelledby=\"p-t p-d\"><title id=\"p-t\">T</title>"), source)
  }

  func testCurvesGoThroughTheirPoints() throws {
    var plot = PlanePlot(
      x: Axis("x", around: [0, 10]), y: Axis("y", around: [0, 1]), width: 300, height: 200)
    plot.line([(0, 0), (10, 1)], colour: 1, style: "thick")
    plot.band(low: [(0, 0), (10, 0)], high: [(0, 1), (10, 1)], colour: 1)
    plot.bar(from: 0, to: 10, height: 1, colour: 2, words: "<all>")
    let source = plot.figure(id: "p", title: "T", description: "D").svg.source
    let line = try XCTUnwrap(
      source.firstMatch(of: /<path class="l1 thick" d="M([0-9.]+) ([0-9.]+)L([0-9.]+) ([0-9.]+)"/))
    let (x0, y0, x1, y1) = (line.1, line.2, line.3, line.4)
    XCTAssertTrue(
      source.contains(
        "<path class=\"b1\" d=\"M\(x0) \(y0)L\(x1) \(y0)L\(x1) \(y1)L\(x0) \(y1)Z\"/>"),
      source)
    XCTAssertTrue(source.contains("<title>&lt;all&gt;</title>"), source)
  }
}
