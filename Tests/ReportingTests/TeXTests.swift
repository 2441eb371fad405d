import Foundation
import Reporting
import RunStore
import TestSupport
import XCTest

/// `report.tex`, whatever the names that it holds.
final class TeXTests: ReportTestCase {
  private func directory() throws -> String {
    let path = NSTemporaryDirectory() + "htnet-tex-" + UUID().uuidString
    addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
    return path
  }

  /// A finished run of two seeds.
  private func report(_ run: RunDirectory, clips: [Clip] = clips) throws -> String {
    try begin(run, time: "2026-11-28T10:00:00Z", clips: clips, seeds: [1, 2])
    for seed in [UInt64?.none, 2] {
      for fold in Set(clips.map(\.fold)).sorted() {
        let shift = seed == nil ? 0 : 1
        try finish(
          run, fold, time: "t", clips: clips, seed: seed,
          predictions: Self.predictions.map { (($0.0 + shift) % 3, $0.1) })
      }
    }
    try Report(run) { XCTFail($0) }.write(to: run)
    return try String(contentsOfFile: run.reportPath + "/report.tex", encoding: .utf8)
  }

  func testScoresIntervalsAndWhatTheyAre() throws {
    let run = RunDirectory(try directory())
    let text = try report(run)
    let scores = try part(try settings(json(run)), "last-epoch", "full")
    let uf1 = try XCTUnwrap(scores["uf1"] as? Double)
    let deviation = try XCTUnwrap(scores["uf1_sd"] as? Double)
    func figure(_ value: Double) -> String { String(format: "%.4f", value) }
    for words in [
      "% A table for \\input. It needs \\usepackage{booktabs} and \\usepackage{graphicx}.",
      "& \\multicolumn{2}{c}{Full} & \\multicolumn{2}{c}{SMIC} & \\multicolumn{2}{c}{CASME II} "
        + "& \\multicolumn{2}{c}{SAMM} \\\\",
      "last-epoch & \(figure(uf1)){\\scriptsize\\,$\\pm$\\,\(figure(deviation))} & ",
      "best-on-test$^\\dagger$ & ", "\\quad ensemble of 2 seeds & ",
      "Means over the seeds 1, 2, $\\pm$ the standard deviation over seeds",
      "$^\\dagger$ Optimistic: chooses each fold's epoch by the scores of its own test subject.",
      "5 clips",
    ] {
      XCTAssertTrue(text.contains(words), "no \(words) in \(text)")
    }
    // It is not the composite, so the paper's figures have no place here.
    XCTAssertFalse(text.contains("paper"), text)
  }

  /// The scores of the run's one setting, where `part` looks for them.
  private func settings(_ json: [String: Any]) throws -> [String: Any] {
    try XCTUnwrap((json["settings"] as? [[String: Any]])?.first)
  }

  private static let nasty = [
    "we_ird & 100% #1", "{x}~^\\$a", "Müller-Łódź ñ ß", "中文 \u{1F600} α", "[*]<|>\"'`",
    "a--b---c ``d'' ?`!`,,–-",
  ]

  func testNamesAreEscaped() throws {
    let run = RunDirectory(try directory())
    let clips = Self.nasty.enumerated().map { index, name in
      Clip(dataset: name, subject: "s\(index)", clip: "c", truth: index % 3)
    }
    let text = try report(run, clips: clips)
    for name in [
      "we\\_ird \\& 100\\% \\#1",
      "\\{x\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{}\\$a",
      "m\\\"{u}ller-\\l{}\\'{o}d\\'{z} \\~{n} \\ss{}", "U+4E2DU+6587 U+1F600 U+03B1",
      "{[}{*}]$<$$|$$>$\\char34{}'`",
      "a-{}-b-{}-{}-c `{}`d'{}' ?{}`!{}`,{},--{}-",
    ] {
      XCTAssertTrue(text.lowercased().contains(name.lowercased()), "no \(name) in \(text)")
    }
    XCTAssertTrue(text.unicodeScalars.allSatisfy(\.isASCII), text)
  }

  func testItCompiles() throws {
    let latex = "/usr/bin/pdflatex"
    guard FileManager.default.isExecutableFile(atPath: latex) else {
      throw XCTSkip("there is no \(latex); apt-get install texlive-latex-recommended brings it")
    }
    let run = RunDirectory(try directory())
    let clips = Self.nasty.enumerated().map { index, name in
      Clip(dataset: name, subject: "s\(index)", clip: "c", truth: index % 3)
    }
    _ = try report(run, clips: clips)
    try """
    \\documentclass{article}
    \\usepackage{booktabs}
    \\usepackage{graphicx}
    \\begin{document}
    \\input{report.tex}
    \\end{document}

    """.write(toFile: run.reportPath + "/paper.tex", atomically: false, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: latex)
    process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    process.currentDirectoryURL = URL(fileURLWithPath: run.reportPath)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let log = try String(contentsOfFile: run.reportPath + "/paper.log", encoding: .isoLatin1)
    XCTAssertEqual(process.terminationStatus, 0, log)
    XCTAssertFalse(log.contains("Missing character"), log)
    XCTAssertFalse(log.contains("Overfull"), log)
    XCTAssertTrue(log.contains("1 page"), log)
  }
}
