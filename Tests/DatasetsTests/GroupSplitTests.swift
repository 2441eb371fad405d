import Datasets
import Evaluation
import TestSupport
import XCTest

/// Folds that leave out datasets or groups of persons, and the inner splits of a fold.
final class GroupSplitTests: XCTestCase {
  /// Persons of three datasets, whose subject names repeat, with clips of three classes.
  private func composite(_ random: inout SeededGenerator, persons: ClosedRange<Int>) -> Dataset {
    var clips: [Clip] = []
    for dataset in ["samm", "smic", "casme2"] {
      for subject in 1...Int.random(in: persons, using: &random) {
        for clip in 0..<Int.random(in: 1...6, using: &random) {
          clips.append(
            Clip(
              dataset: dataset, subject: "sub\(subject)", name: "c\(clip)",
              label: clip < 1 ? subject % 3 : Int.random(in: 0..<3, using: &random)))
        }
      }
    }
    return dataset(clips)
  }

  private func dataset(_ clips: [Clip]) -> Dataset {
    Dataset(clips: clips, side: 1, pixels: Array(repeating: 0, count: 3 * clips.count))
  }

  private func splits(
    _ dataset: Dataset, _ unit: SplitConfiguration.Unit, groups: Int = 5, seed: UInt64 = 1
  ) throws -> Splits {
    var configuration = SplitConfiguration()
    (configuration.by, configuration.groups, configuration.seed) = (unit, groups, seed)
    return try Splits(dataset, configuration)
  }

  func testADatasetIsLeftOutWhole() throws {
    var random = SeededGenerator(seed: 62)
    let data = composite(&random, persons: 2...5)
    let splits = try splits(data, .dataset)
    XCTAssertEqual(splits.folds.map(\.name), ["samm", "smic", "casme2"])
    XCTAssertEqual(splits.names, data.clips.map(\.dataset))
    for fold in splits.folds {
      XCTAssertEqual(
        fold.testClips, data.clips.indices.filter { data.clips[$0].dataset == fold.name })
      XCTAssertEqual(
        fold.trainClips, data.clips.indices.filter { data.clips[$0].dataset != fold.name })
    }
    var selection = FoldSelection()
    selection.exclude = ["smic"]
    XCTAssertEqual(try splits.selected(selection).map(\.name), ["samm", "casme2"])
    selection.exclude = ["smik"]
    XCTAssertEqual(
      errorText { try splits.selected(selection) },
      "folds.exclude: \"smik\" is no dataset of the data, which has 3: samm, smic, casme2")
  }

  func testOneDatasetCannotBeLeftOut() {
    let one = dataset((0..<4).map { Clip(dataset: "d", subject: "s\($0)", name: "c", label: 0) })
    XCTAssertEqual(
      errorText { try splits(one, .dataset) },
      "splits.by: dataset needs at least two, and the data have one, d: leave out subject or groups"
    )
    XCTAssertEqual(
      errorText { try splits(one, .groups, groups: 5) },
      "splits.groups: 5 groups, but the data have 4 subjects: name at most as many")
  }

  func testGroupsPartPersonsAndAreAlike() throws {
    var random = SeededGenerator(seed: 63)
    for _ in 0..<60 {
      let data = composite(&random, persons: 3...14)
      let count = Int.random(in: 2...5, using: &random)
      let splits = try splits(data, .groups, groups: count)
      XCTAssertEqual(splits.folds.map(\.name), (1...count).map { "group-\($0)" })
      XCTAssertEqual(splits.folds.flatMap(\.testClips).sorted(), Array(data.clips.indices))
      for fold in splits.folds {
        XCTAssertFalse(fold.testClips.isEmpty)
        let tested = Set(fold.testClips.map { data.clips[$0].person })
        XCTAssertTrue(fold.trainClips.allSatisfy { !tested.contains(data.clips[$0].person) })
      }
      // A person is a dataset and a subject: namesakes may be in different groups.
      XCTAssertEqual(
        Set(data.persons).count,
        splits.folds.reduce(0) { $0 + Set($1.testClips.map { data.clips[$0].person }).count })
    }
  }

  /// Each group has its share of each dataset's clips of each class, to within two persons' clips.
  func testGroupsAreAlikeInDatasetsAndClasses() throws {
    var clips: [Clip] = []
    for (dataset, persons) in [("samm", 25), ("smic", 15)] {
      for subject in 0..<persons {
        for clip in 0..<3 {
          clips.append(
            Clip(
              dataset: dataset, subject: "s\(subject)", name: "c\(clip)",
              label: subject % 5 == 0 ? 2 : subject % 2))
        }
      }
    }
    let data = dataset(clips)
    for seed in 1...20 {
      for fold in try splits(data, .groups, seed: UInt64(seed)).folds {
        for name in ["samm", "smic"] {
          for label in 0..<3 {
            let mine = fold.testClips.count {
              data.clips[$0].dataset == name && data.clips[$0].label == label
            }
            let all = data.clips.count { $0.dataset == name && $0.label == label }
            XCTAssertLessThanOrEqual(abs(Double(mine) - Double(all) / 5), 3, "\(name) \(label)")
          }
        }
      }
    }
  }

  func testGroupsFollowFromTheirSeed() throws {
    var random = SeededGenerator(seed: 64)
    let data = composite(&random, persons: 8...8)
    let drawn = try (1...6).map { try splits(data, .groups, seed: UInt64($0)).names }
    XCTAssertEqual(try splits(data, .groups, seed: 3).names, drawn[2])
    XCTAssertEqual(Set(drawn).count, 6)
  }

  // MARK: - Inner splits

  private func inner(
    _ fold: Fold, _ data: Dataset, splits: Int = 3, subjects: Int? = nil, refit: Bool = true,
    seed: UInt64 = 1
  ) throws -> [Fold] {
    var configuration = InnerSplitConfiguration()
    (configuration.splits, configuration.subjects) = (splits, subjects)
    configuration.refit = refit
    return try fold.inner(configuration, of: data, seed: seed)
  }

  func testInnerSplitsHoldOutTrainingPersons() throws {
    var random = SeededGenerator(seed: 65)
    for _ in 0..<40 {
      let data = composite(&random, persons: 6...12)
      let fold = try XCTUnwrap(Splits(data).folds.randomElement(using: &random))
      let persons = Set(fold.trainClips.map { data.clips[$0].person })
      guard let inner = try? inner(fold, data) else { continue }
      XCTAssertEqual(inner.map(\.name), [fold.name, fold.name, fold.name])
      // Streams of random numbers of their own.
      XCTAssertEqual(inner.map(\.index), (1...3).map { fold.index + $0 * 65536 })
      for split in inner {
        let held = Set(split.testClips.map { data.clips[$0].person })
        XCTAssertEqual(held.count, (persons.count + 4) / 5)
        XCTAssertTrue(held.isSubset(of: persons))
        XCTAssertEqual((split.trainClips + split.testClips).sorted(), fold.trainClips)
        XCTAssertTrue(split.trainClips.allSatisfy { !held.contains(data.clips[$0].person) })
        for name in ["samm", "smic", "casme2"] {
          let share =
            Double(held.count) * Double(persons.count { $0.dataset == name })
            / Double(persons.count)
          XCTAssertLessThan(abs(Double(held.count { $0.dataset == name }) - share), 1)
        }
      }
      // Three fifths of the persons: nobody is held out twice.
      let all = inner.flatMap { Set($0.testClips.map { data.clips[$0].person }) }
      XCTAssertLessThanOrEqual(all.count - Set(all).count, 6)
    }
  }

  func testWithoutRefitTheTestClipsFollow() throws {
    var random = SeededGenerator(seed: 66)
    let data = composite(&random, persons: 6...6)
    let fold = try Splits(data).folds[0]
    for (one, other) in zip(try inner(fold, data), try inner(fold, data, refit: false)) {
      XCTAssertEqual(other.trainClips, one.trainClips)
      XCTAssertEqual(other.testClips, one.testClips + fold.testClips)
    }
  }

  /// Neither the test subject's classes nor those of held-out clips decide who is held out.
  func testInnerSplitsFollowFromPersonsAndSeedAlone() throws {
    var random = SeededGenerator(seed: 67)
    let data = composite(&random, persons: 6...6)
    let fold = try Splits(data).folds[2]
    let drawn = try inner(fold, data)
    for label in 0..<3 {
      let clips = data.clips.enumerated().map { index, clip in
        Clip(
          dataset: clip.dataset, subject: clip.subject, name: clip.name,
          label: fold.testClips.contains(index) ? label : clip.label)
      }
      XCTAssertEqual(try inner(fold, dataset(clips)), drawn)
    }
    XCTAssertNotEqual(try inner(fold, data, seed: 2).map(\.testClips), drawn.map(\.testClips))
  }

  func testBadInnerSplits() throws {
    let three = dataset((0..<3).map { Clip(dataset: "d", subject: "s\($0)", name: "c", label: 0) })
    XCTAssertEqual(
      errorText { try inner(Splits(three).folds[0], three) },
      "evaluation.protocols: nested needs at least three training subjects, and fold s0 has 2: leave "
        + "nested out")
    let four = dataset(
      (0..<5).map { Clip(dataset: "d", subject: "s\($0)", name: "c", label: $0 == 4 ? 1 : 0) })
    XCTAssertEqual(
      errorText { try inner(Splits(four).folds[0], four, subjects: 3) },
      "evaluation.nested.subjects: 3 of the 4 training subjects of fold s0 leave fewer than two to "
        + "train on: hold out at most 2")
    XCTAssertEqual(
      errorText { try inner(Splits(four).folds[0], four, splits: 4, subjects: 1) }?.replacing(
        /inner split [0-9]/, with: "inner split N"),
      "evaluation.nested.subjects: fold s0, seed 1, inner split N: only the 1 subject held out have "
        + "the class \"class 1\": hold out fewer, or draw others by another seed")
  }
}
