import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// A run directory that a test fills by hand.
class ReportTestCase: XCTestCase {
  typealias Clip = LedgerRecord.ClipTruth

  static let clips = [
    Clip(dataset: "smic", subject: "s1", clip: "a", truth: 0),
    Clip(dataset: "smic", subject: "s1", clip: "b", truth: 1),
    Clip(dataset: "casme2", subject: "sub01", clip: "a", truth: 2),
    Clip(dataset: "samm", subject: "006", clip: "x", truth: 0),
    Clip(dataset: "samm", subject: "006", clip: "y", truth: 1),
  ]
  /// Predictions after the last epoch, and after the one before, by clip.
  static let predictions = [(0, 0), (0, 1), (2, 1), (1, 1), (1, 1)]

  func begin(
    _ run: RunDirectory, time: String, clips: [Clip] = clips, selected: Set<String>? = nil,
    seeds: [UInt64]? = nil, protocols: [EvaluationProtocol] = [.lastEpoch, .bestOnTest],
    splitsBy: String? = nil, sharedImages: [[Int]]? = nil,
    format: Int = RunFormat.newest
  ) throws {
    var subjects: [String] = []
    for clip in clips where !subjects.contains(clip.fold) { subjects.append(clip.fold) }
    if let selected { subjects.removeAll { !selected.contains($0) } }
    try run.prepare()
    let tasks = (seeds ?? [1]).flatMap { seed in
      subjects.map { TaskKey(seed: seed == seeds?.first ?? 1 ? nil : seed, split: $0) }
    }
    var job = LedgerRecord.JobStarted(
      time: time, program: "htnet \(time)", configurationSHA256: "c", dataSHA256: "d",
      seeds: seeds, seed: seeds?.first, splitsBy: splitsBy, protocols: protocols, classes: 3,
      clips: clips, sharedImages: sharedImages,
      tasks: tasks,
      machine: .init(
        hosts: [time], ranks: 1, groups: [[0]], threadsPerRank: 1, cpu: time, kernel: "b", mpi: "m")
    )
    job.format = format
    try LedgerWriter(path: run.ledgerPath).append(.jobStarted(job))
  }

  /// - Parameter predictions: As `predictions`, clip by clip, and from the beginning again.
  func finish(
    _ run: RunDirectory, _ subject: String, time: String, clips: [Clip] = clips,
    seed: UInt64? = nil,
    predictions: [(Int, Int)] = predictions
  ) throws {
    let task = TaskKey(seed: seed, split: subject)
    func logits(_ prediction: Int) -> [Float] { (0..<3).map { $0 == prediction ? 1.5 : -0.25 } }
    let mine = clips.indices.filter { clips[$0].fold == subject }
    let last = mine.map { logits(predictions[$0 % predictions.count].0) }
    let result = TaskResult(
      task: task, fold: 0, clips: mine.map { clips[$0].clip }, losses: [2, 1],
      logits: last,
      logitsOfEveryEpoch: [mine.map { logits(predictions[$0 % predictions.count].1) }, last],
      weightsSHA256: "weights of \(subject)")
    let digest = try run.write(result)
    try LedgerWriter(path: run.ledgerPath).append(
      .foldFinished(
        .init(
          time: time, task: task, seconds: 1, resultSHA256: digest,
          weightsSHA256: result.weightsSHA256)))
  }

  /// What of a file follows from the results: `report.html` also tells how the run came about.
  func comparable(_ name: String, in directory: String) throws -> String {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: directory + "/" + name), name)
    let text = String(decoding: data, as: UTF8.self)
    guard name == "report.html" else { return text }
    let facts = try XCTUnwrap(
      text.range(of: #"(?s)<section id="facts".*?</section>"#, options: .regularExpression))
    return text.replacingCharacters(in: facts, with: "")
  }

  /// `report.html`.
  func page(_ report: Report) throws -> String {
    try withTemporaryDirectory { directory in
      try report.write(into: directory)
      let data = FileManager.default.contents(atPath: directory + "/report.html")
      return String(decoding: try XCTUnwrap(data), as: UTF8.self)
    }
  }

  /// The text between tags, as a person reads it.
  func words(_ page: String) -> String {
    page.replacing(/<[^>]*>/, with: " ").replacing(/\s+/, with: " ")
  }

  func json(_ run: RunDirectory) throws -> [String: Any] {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: run.reportPath + "/report.json"))
    return try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  func csv(_ run: RunDirectory) throws -> String {
    let path = run.reportPath + "/predictions.csv"
    return String(
      decoding: try XCTUnwrap(FileManager.default.contents(atPath: path)), as: UTF8.self)
  }

  func part(_ json: [String: Any], _ name: String, _ key: String) throws -> [String: Any] {
    let scores = try XCTUnwrap(json["scores"] as? [String: [String: [String: Any]]])
    return try XCTUnwrap(scores[name]?[key])
  }
}

extension LedgerRecord.ClipTruth {
  /// A clip of a subject whose name is the fold's.
  init(dataset: String, subject: String, clip: String, truth: Int) {
    self.init(
      dataset: dataset, subject: subject, clip: clip, truth: truth, fold: subject,
      image: "\(subject)_\(clip) .png")
  }
}
