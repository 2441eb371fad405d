import Foundation
import Datasets
import TestSupport
import XCTest

final class SplitTests: XCTestCase {
  private func randomComposite(_ random: inout SeededGenerator) -> Dataset {
    let subjects = Int.random(in: 2...9, using: &random)
    // Subjects' clips need not stand together.
    let clips = (0..<Int.random(in: 2...40, using: &random)).map { index in
      Clip(
        dataset: "d", subject: "s\(Int.random(in: 0..<subjects, using: &random))",
        name: "c\(index)", label: Int.random(in: 0..<3, using: &random))
    }
    let pixels = clips.indices.flatMap { clip in
      (0..<12).map { UInt8(truncatingIfNeeded: clip * 12 + $0) }
    }
    return Dataset(clips: clips, side: 2, pixels: pixels)
  }

  func testSplitsAreDisjointAndComplete() throws {
    var random = SeededGenerator(seed: 28)
    for _ in 0..<300 {
      let composite = randomComposite(&random)
      let folds = try Splits(composite).folds
      XCTAssertEqual(folds.map(\.name), composite.persons.map(\.subject))
      XCTAssertEqual(folds.map(\.index), Array(folds.indices))
      XCTAssertEqual(folds.flatMap(\.testClips).sorted(), Array(composite.clips.indices))
      for fold in folds {
        XCTAssertFalse(fold.testClips.isEmpty)
        XCTAssertEqual(
          (fold.trainClips + fold.testClips).sorted(), Array(composite.clips.indices))
        XCTAssertTrue(fold.testClips.allSatisfy { composite.clips[$0].subject == fold.name })
        XCTAssertFalse(fold.trainClips.contains { composite.clips[$0].subject == fold.name })
        XCTAssertEqual(fold.trainClips, fold.trainClips.sorted())
      }
    }
  }

  func testASelectionKeepsEachFoldAsItIs() throws {
    var random = SeededGenerator(seed: 29)
    for _ in 0..<200 {
      let composite = randomComposite(&random)
      let all = try Splits(composite).folds
      var selection = FoldSelection()
      selection.include = composite.persons.map(\.subject).filter { _ in Bool.random(using: &random)
      }
      selection.exclude = composite.persons.map(\.subject).filter { _ in
        Int.random(in: 0..<4, using: &random) == 0
      }
      let expected = all.filter {
        (selection.include.isEmpty || selection.include.contains($0.name))
          && !selection.exclude.contains($0.name)
      }
      if expected.isEmpty {
        XCTAssertEqual(
          errorText { try Splits(composite).selected(selection) },
          "folds.exclude: leaves no fold of \(composite.persons.count) subjects to run")
      } else {
        XCTAssertEqual(try Splits(composite).selected(selection), expected)
      }
      selection.include = ["nobody"]
      XCTAssertEqual(
        errorText { try Splits(composite).selected(selection) }?.hasPrefix(
          "folds.include: \"nobody\" is no subject of the data"), true)
    }
  }

  /// Subject numbers repeat from dataset to dataset: that are other people.
  func testAPersonIsADatasetAndASubject() throws {
    let clips = [
      ("samm", "6"), ("smic", "6"), ("smic", "s1"), ("samm", "6"), ("casme2", "6"), ("smic", "6"),
    ].enumerated().map {
      Clip(dataset: $1.0, subject: $1.1, name: "c\($0)", label: $0 % 3)
    }
    let composite = Dataset(
      clips: clips, side: 1, pixels: Array(repeating: 0, count: 18))
    let folds = try Splits(composite).folds
    XCTAssertEqual(
      composite.summary,
      "6 clips of 4 subjects (casme2 1, samm 1, smic 2): class 0 2, class 1 2, class 2 2")
    XCTAssertEqual(folds.map(\.name), ["samm/6", "smic/6", "s1", "casme2/6"])
    XCTAssertEqual(folds.map(\.index), [0, 1, 2, 3])
    XCTAssertEqual(folds.map(\.testClips), [[0, 3], [1, 5], [2], [4]])
    XCTAssertEqual(folds[1].trainClips, [0, 2, 3, 4])
    func selected(include: [String] = [], exclude: [String] = []) throws -> [String] {
      var selection = FoldSelection()
      (selection.include, selection.exclude) = (include, exclude)
      return try Splits(composite).selected(selection).map(\.name)
    }
    XCTAssertEqual(try selected(include: ["smic/s1", "smic/6"]), ["smic/6", "s1"])
    XCTAssertEqual(try selected(exclude: ["s1", "samm/6"]), ["smic/6", "casme2/6"])
    let refused: [([String], [String], String)] = [
      (
        ["6"], [],
        "folds.include: \"6\" is a subject of several datasets: write samm/6 or smic/6 or casme2/6"
      ),
      (
        [], ["smic/7"],
        "folds.exclude: \"smic/7\" is no subject of the data, which has 4: samm/6, smic/6, s1, casme2/6"
      ),
      (
        ["06"], [],
        "folds.include: \"06\" is no subject of the data, which has 4: samm/6, smic/6, s1, casme2/6; "
          + "\"6\" is there, and differs only in zeros before a number (spreadsheets drop them)"
      ),
      (
        [], ["SMIC/s1"],
        "folds.exclude: \"SMIC/s1\" is no subject of the data, which has 4: samm/6, smic/6, s1, "
          + "casme2/6; \"smic/s1\" is there, and differs only in case"
      ),
      (["s1", "smic/s1"], [], "folds.include: names one fold twice, as \"s1\" and \"smic/s1\""),
      (["s1"], ["smic/s1"], "folds.exclude: \"smic/s1\" is in folds.include too, as \"s1\""),
    ]
    for (include, exclude, error) in refused {
      XCTAssertEqual(errorText { try selected(include: include, exclude: exclude) }, error)
    }
  }

  func testATrainingFoldHoldsItsClips() throws {
    var random = SeededGenerator(seed: 30)
    for _ in 0..<50 {
      let composite = randomComposite(&random)
      for fold in try Splits(composite).folds {
        let training = TrainingFold(fold, of: composite)
        XCTAssertEqual(training.trainCount, fold.trainClips.count)
        XCTAssertEqual(training.testCount, fold.testClips.count)
        var image = [Float](repeating: -1, count: 12)
        for (index, clip) in fold.trainClips.enumerated() {
          training.copyTrainImage(index, to: &image)
          XCTAssertEqual(image, composite.image(clip))
          XCTAssertEqual(training.trainLabel(index), composite.clips[clip].label)
        }
        for (index, clip) in fold.testClips.enumerated() {
          training.copyTestImage(index, to: &image)
          XCTAssertEqual(image, composite.image(clip))
        }
      }
    }
  }

  /// Data sets that differ in nothing but the test subject's labels give the same fold to train on,
  /// down to its private parts.
  func testTheTestLabelsNeverReachTraining() throws {
    var random = SeededGenerator(seed: 31)
    for _ in 0..<50 {
      let composite = randomComposite(&random)
      for fold in try Splits(composite).folds {
        func contents(testLabel: Int) -> String {
          let clips = composite.clips.map {
            $0.subject == fold.name
              ? Clip(dataset: $0.dataset, subject: $0.subject, name: $0.name, label: testLabel) : $0
          }
          var text = ""
          dump(
            TrainingFold(
              fold, of: Dataset(clips: clips, side: 2, pixels: composite.bytes)), to: &text)
          return text
        }
        XCTAssertEqual(contents(testLabel: 0), contents(testLabel: 2))
      }
    }
  }

  func testBatchesCoverTheClipsInEveryEpoch() {
    for (count, size, shuffle) in [(10, 3, true), (10, 10, false), (7, 100, true), (1, 1, true)] {
      var orders: Set<[Int]> = []
      for epoch in 0..<5 {
        let batches = BatchOrder.batches(
          count: count, batchSize: size, shuffle: shuffle, seed: 1, fold: 2, epoch: epoch)
        XCTAssertEqual(batches.count, (count + size - 1) / size)
        XCTAssertTrue(batches.dropLast().allSatisfy { $0.count == size })
        let order = batches.flatMap { $0 }
        XCTAssertEqual(order.sorted(), Array(0..<count))
        if !shuffle { XCTAssertEqual(order, Array(0..<count)) }
        orders.insert(order)
      }
      XCTAssertEqual(orders.count > 1, shuffle && count > 1)
    }
  }
}
