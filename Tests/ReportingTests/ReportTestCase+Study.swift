import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

extension ReportTestCase {
  /// A study whose folds have one inner training each, and all of whose trainings have one epoch.
  ///
  /// - Parameters:
  ///   - settings: Their names; the first is the run's own.
  ///   - isRight: Whether a training takes all clips that it is asked of for their class, or all for the next one.
  func study(
    _ run: RunDirectory, settings: [String], seeds: [UInt64] = [1],
    protocols: [EvaluationProtocol] = [.lastEpoch, .nested], clips: [Clip] = ReportTestCase.clips,
    isFinished: (TaskKey) -> Bool = { _ in true }, isRight: (TaskKey) -> Bool
  ) throws {
    try run.prepare()
    var folds: [String] = []
    for clip in clips where !folds.contains(clip.fold) { folds.append(clip.fold) }
    let keys: [String?] = settings.enumerated().map { $0.offset == 0 ? nil : $0.element }
    let tasks: [TaskKey] = keys.flatMap { key in
      seeds.flatMap { seed in
        folds.flatMap { fold in
          [nil, 1].map { inner in
            TaskKey(
              setting: key, seed: seed == seeds[0] ? nil : seed, split: fold, inner: inner)
          }
        }
      }
    }
    let job = LedgerRecord.JobStarted(
      time: "t", program: "htnet", configurationSHA256: "c", dataSHA256: "d",
      settings: zip(keys, settings).map {
        .init(key: $0, name: $1, values: [.init(key: "model.dim", value: $1)], dataSHA256: "d")
      }, seeds: seeds, seed: seeds[0], splitsBy: "subject", protocols: protocols, classes: 3,
      clips: clips, tasks: tasks,
      machine: .init(
        hosts: ["h"], ranks: 1, groups: [[0]], threadsPerRank: 1, cpu: "c", kernel: "k", mpi: "m"))
    try LedgerWriter(path: run.ledgerPath).append(.jobStarted(job))
    for task in tasks where isFinished(task) {
      let places = clips.indices.filter { (clips[$0].fold == task.split) == (task.inner == nil) }
      let shift = isRight(task) ? 0 : 1
      let logits = places.map { place in
        (0..<3).map { label in label == (clips[place].truth + shift) % 3 ? Float(2) : 0 }
      }
      let result = TaskResult(
        task: task, fold: 0, clips: places.map { clips[$0].clip },
        places: task.inner == nil ? nil : places, losses: [1], logits: logits,
        logitsOfEveryEpoch: [logits], weightsSHA256: "w")
      let digest = try run.write(result)
      try LedgerWriter(path: run.ledgerPath).append(
        .foldFinished(
          .init(
            time: "t", task: task, seconds: 1, resultSHA256: digest, weightsSHA256: "w")))
    }
  }
}
