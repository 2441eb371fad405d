import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// How `report.html` looks: `scripts/report-pictures` opens it in Chromium.
final class ReportPicturesTests: ReportTestCase {
  /// A run of settings and seeds over clips of several datasets, whose names are as odd as names can be.
  private func study(_ directory: String, settings: Int, seeds: [UInt64], classNames: [String])
    throws
    -> RunDirectory
  {
    let run = RunDirectory(directory)
    try run.prepare()
    let long = "a subject whose name is much longer than anybody would want it to be"
    let subjects = ["s1", "<script>alert(1)</script>", long, "sub😀01", "WWWWWWWWWWWWWWWW"]
    var clips: [Clip] = []
    for dataset in ["casme2", "a dataset with a long name", "<b>smic</b>"] {
      for (index, subject) in subjects.enumerated() {
        for clip in 0...index {
          clips.append(
            Clip(
              dataset: dataset, subject: subject, clip: "clip & \(clip)",
              truth: (clip + index) % classNames.count,
              fold: dataset + "/" + subject))
        }
      }
    }
    var folds: [String] = []
    for clip in clips where !folds.contains(clip.fold) { folds.append(clip.fold) }
    let keys = (0..<settings).map {
      $0 == 0 ? nil : "dim=\(12 * $0),regions=corrected,scaling=symmetric"
    }
    let tasks = keys.flatMap { key in
      seeds.flatMap { seed in
        folds.map { TaskKey(setting: key, seed: seed == seeds[0] ? nil : seed, split: $0) }
      }
    }
    let job = LedgerRecord.JobStarted(
      time: "2026-01-01T00:00:00Z", program: "htnet", configurationSHA256: "c", dataSHA256: "d",
      settings: keys.enumerated().map { index, key in
        .init(
          key: key, name: settings == 1 ? "" : key ?? "dim=6,regions=whole",
          values: settings == 1
            ? []
            : [
              .init(key: "model.dim", value: "\(6 + 6 * (index / 2))"),
              .init(key: "data.regions", value: index % 2 == 0 ? "whole" : "corrected"),
            ], dataSHA256: "d")
      }, seeds: seeds, seed: seeds[0], splitsBy: "subject", protocols: [.lastEpoch, .bestOnTest],
      classes: classNames.count, classNames: classNames, clips: clips, tasks: tasks,
      machine: .init(
        hosts: ["a-host-of-a-long-name.example.org"], ranks: 2, groups: [[0], [1]],
        threadsPerRank: 1,
        cpu: "some CPU", kernel: "k", mpi: "m"))
    try LedgerWriter(path: run.ledgerPath).append(.jobStarted(job))
    var generator = SeededGenerator(seed: 3)
    for task in tasks {
      let mine = clips.filter { $0.fold == task.split }
      let epochs = (0..<20).map { epoch in
        mine.map { clip in
          (0..<classNames.count).map { label in
            Float.random(in: -2...2, using: &generator)
              + (label == clip.truth ? Float(epoch) / 8 : 0)
          }
        }
      }
      let result = TaskResult(
        task: task, fold: 0, clips: mine.map(\.clip),
        losses: (0..<20).map {
          exp(-Double($0) / 5) + Double.random(in: 0...0.2, using: &generator)
        },
        logits: epochs[19], logitsOfEveryEpoch: epochs, weightsSHA256: "w")
      let digest = try run.write(result)
      try LedgerWriter(path: run.ledgerPath).append(
        .foldFinished(
          .init(
            time: "2026-01-01T00:10:00Z", task: task, seconds: 2, resultSHA256: digest,
            weightsSHA256: "w")))
    }
    return run
  }

  func testNothingIsCutOrLiesOverOther() throws {
    let python = ProcessInfo.processInfo.environment["HTNET_TEST_PYTHON"] ?? "python3"
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("scripts/report-pictures").path
    try withTemporaryDirectory { directory in
      let partial = RunDirectory(directory + "/partial")
      try begin(partial, time: "1")
      try finish(partial, "s1", time: "1")
      let empty = RunDirectory(directory + "/empty")
      try begin(empty, time: "1")
      let alone = RunDirectory(directory + "/alone")
      try begin(alone, time: "1", seeds: [1, 2])
      for fold in ["s1", "sub01", "006"] { try finish(alone, fold, time: "1") }
      let names = ["<script>alert(1)</script>", "a class of quite a long name", "😀"]
      let runs = [
        partial, empty, alone,
        try study(directory + "/one", settings: 1, seeds: [1], classNames: names),
        try study(
          directory + "/study", settings: 3, seeds: [1, 2],
          classNames: names + ["d", "e", "f", "g"]),
      ]
      for run in runs {
        var report = try Report(run) { _ in }
        report.warnings = [
          "\(run.path): a warning of a word without an end: " + String(repeating: "x", count: 90)
        ]
        report.pictures = .of(
          .init(
            legend: "Squares are regions.", map: { _, _, _ in Self.dot },
            regions: { _, _, _, _ in [.init(x: 0, y: 0.5, side: 0.5)] }))
        try report.write(to: run)
      }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        ["timeout", "300", python, script] + runs.map { $0.reportPath + "/report.html" }
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      if process.terminationStatus == 77 || process.terminationStatus == 127 {
        throw XCTSkip(
          "scripts/report-pictures: \(output); HTNET_TEST_PYTHON may name another Python")
      }
      XCTAssertEqual(process.terminationStatus, 0, output)
    }
  }

  /// A PNG of one pixel.
  private static let dot = Data(
    base64Encoded:
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
  )
}
