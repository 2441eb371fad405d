import Evaluation
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
      "% Tables for \\input. They need \\usepackage{booktabs} and \\usepackage{tabularx}.",
      "\\label{tab:htnet}\n", "& clips & UF1 & 95\\% interval & UAR & 95\\% interval \\\\",
      "\\emph{last-epoch}} \\\\\n    Full & 5 & \(figure(uf1)) $\\pm$ \(figure(deviation)) & -- & ",
      "\\emph{best-on-test$^\\dagger$}} \\\\\n    Full & 5 & ", "    SMIC & 2 & ",
      "    Full, ensemble & 5 & ",
      "scores of the pooled predictions of 5 clips of 3 subjects, by last-epoch, best-on-test$^\\dagger$. "
        + "last-epoch uses nothing of the test subject.",
      "UF1 is the unweighted F1 score, the mean of the classes' F1",
      "Means over the seeds 1, 2, $\\pm$ the standard deviation over seeds",
      "$^\\dagger$ Optimistic: chooses each fold's epoch by the scores of its own test subject.",
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

  /// Compiles the report twice, as references need.
  private func compile(_ run: RunDirectory, options: String = "") throws {
    let latex = "/usr/bin/pdflatex"
    guard FileManager.default.isExecutableFile(atPath: latex) else {
      throw XCTSkip("there is no \(latex); apt-get install texlive-latex-recommended brings it")
    }
    try """
    \\documentclass\(options){article}
    \\usepackage{booktabs}
    \\usepackage{tabularx}
    \\begin{document}
    \\input{report.tex}
    \\end{document}

    """.write(toFile: run.reportPath + "/paper.tex", atomically: false, encoding: .utf8)
    for _ in 1...2 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: latex)
      process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
      process.currentDirectoryURL = URL(fileURLWithPath: run.reportPath)
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      XCTAssertEqual(process.terminationStatus, 0, options)
    }
    let log = try String(contentsOfFile: run.reportPath + "/paper.log", encoding: .isoLatin1)
    for sign in ["Missing character", "Overfull", "Float too large", "undefined", "multiply"] {
      XCTAssertFalse(log.contains(sign), "\(options) \(sign): \(log)")
    }
    XCTAssertNotNil(log.firstMatch(of: /Output written on paper.pdf \([1-9] page/), log)
  }

  func testItCompiles() throws {
    let run = RunDirectory(try directory())
    let clips = Self.nasty.enumerated().map { index, name in
      Clip(dataset: name, subject: "s\(index)", clip: "c", truth: index % 3)
    }
    _ = try report(run, clips: clips)
    try compile(run)
  }

  /// Eight settings under three protocols: tables that fit on pages, each with a label.
  func testALargeStudyCompiles() throws {
    let run = RunDirectory(try directory())
    let clips = ["smic", "casme2", "samm"].flatMap { dataset in
      (0..<6).map { clip in
        Clip(
          dataset: dataset, subject: "\(dataset)\(clip / 3)", clip: "c\(clip)", truth: clip % 3)
      }
    }
    let settings = (0..<8).map { "dim=\(24 + 12 * $0),regions=corrected,scaling=symmetric" }
    try study(
      run, settings: [String(repeating: "x", count: 120)] + settings.dropFirst(), seeds: [1, 2, 3],
      protocols: EvaluationProtocol.allCases, clips: clips
    ) { ($0.setting?.count ?? 0) % 2 == 0 && $0.split != "smic0" || $0.seed == 2 }
    try Report(run) { XCTFail($0) }.write(to: run)
    let text = try String(contentsOfFile: run.reportPath + "/report.tex", encoding: .utf8)
    for name in ["last-epoch", "nested", "best-on-test"] {
      for label in ["tab:htnet-\(name)", "tab:htnet-\(name)-2"] {
        XCTAssertEqual(text.ranges(of: "\\label{\(label)}").count, 1, label)
      }
      // What is optimistic is marked on every page.
      let marked = name + (name == "best-on-test" ? "$^\\dagger$" : "")
      for caption in [
        "\\caption{Table~\\ref{tab:htnet-\(name)}, continued: \(marked).}", ", by \(marked). ",
      ] {
        XCTAssertEqual(text.ranges(of: caption).count, 1, caption)
      }
    }
    XCTAssertEqual(text.ranges(of: "$^\\dagger$ Optimistic: ").count, 1)
    // Each setting once in each protocol's tables.
    XCTAssertEqual(text.ranges(of: "corrected,\\allowbreak{}").count, 3 * 7)
    XCTAssertTrue(
      text.contains("Means over the seeds 1, 2, 3, $\\pm$ the standard deviation"), text)
    XCTAssertTrue(text.contains("2000 bootstrap draws of subjects within each dataset"), text)
    for options in ["", "[twocolumn]", "[a4paper,12pt]"] { try compile(run, options: options) }
  }

  /// A run of 45 seeds, the last of which has begun nothing: rows of single seeds, more than a page holds.
  func testSeedsAloneAndNoMean() throws {
    let run = RunDirectory(try directory())
    let clips = (0..<8).map { clip in
      Clip(dataset: "d", subject: "s\(clip / 4)", clip: "\(clip)", truth: clip % 3)
    }
    try begin(run, time: "t", clips: clips, seeds: Array(1...45))
    for seed in UInt64(1)...44 {
      for fold in ["s0", "s1"] {
        try finish(run, fold, time: "t", clips: clips, seed: seed == 1 ? nil : seed)
      }
    }
    try Report(run) { XCTFail($0) }.write(to: run)
    let text = try String(contentsOfFile: run.reportPath + "/report.tex", encoding: .utf8)
    for words in [
      "\\caption{Leave-one-subject-out scores of pooled predictions, by last-epoch, best-on-test$^\\dagger$. ",
      "Partial: 88 of 90 trainings are finished, and only folds count whose trainings all are. A row of a seed alone "
        + "is of all folds of that seed, which others have not finished. No fold is finished with every one of the "
        + "45 seeds, so there are no means. Intervals are of 95\\%: percentiles of 2000 bootstrap draws of subjects "
        + "within each dataset. $^\\dagger$",
      "\\emph{last-epoch}} \\\\\n    Full & 0 & -- & -- & -- & -- \\\\\n    Full, seed 1 alone & 8 & ",
      "\\emph{last-epoch, continued}} \\\\\n    Full, seed ",
    ] {
      XCTAssertTrue(text.contains(words), "no \(words) in \(text)")
    }
    for words in ["Means over", "ensemble", "just these seeds", "0 subjects"] {
      XCTAssertFalse(text.contains(words), "\(words) in \(text)")
    }
    for seed in 1...44 {
      XCTAssertEqual(text.ranges(of: "    Full, seed \(seed) alone & 8 & ").count, 2)
    }
    let tables = text.components(separatedBy: "\\begin{table*}").dropFirst()
    XCTAssertEqual(tables.count, 4)
    for table in tables {
      let rows = table.ranges(of: "    Full").count
      XCTAssertTrue((22...23).contains(rows), table)
    }
    for options in ["", "[twocolumn]", "[a4paper,12pt]"] { try compile(run, options: options) }
  }

  /// A setting that has a mean beside one that has none yet.
  func testAMeanBesideSeedsAlone() throws {
    let run = RunDirectory(try directory())
    try study(run, settings: ["narrow", "wide"], seeds: [1, 2], protocols: [.lastEpoch]) {
      $0.setting == nil || $0.seed == nil
    } isRight: {
      $0.seed == nil
    }
    try Report(run) { XCTFail($0) }.write(to: run)
    let text = try String(contentsOfFile: run.reportPath + "/report.tex", encoding: .utf8)
    for words in [
      "of the pooled predictions of 5 clips of 3 subjects, by last-epoch. ",
      "A row of 0 clips has no fold that counts. A row of a seed alone is of all folds of that seed",
      "Means over the seeds 1, 2, $\\pm$ the standard deviation over seeds, of the folds alone that are finished "
        + "with every seed; an ensemble is the mean",
      "\\emph{wide}} \\\\\n    Full & 0 & -- & -- & -- & -- \\\\\n    Full, seed 1 alone & 5 & 1.0000 & ",
    ] {
      XCTAssertTrue(text.contains(words), "no \(words) in \(text)")
    }
  }
}
