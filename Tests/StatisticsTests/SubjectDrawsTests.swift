import Evaluation
import Statistics
import XCTest

final class SubjectDrawsTests: XCTestCase {
  private func assertEqual(
    _ interval: Interval?, _ ends: [Double], _ what: String, line: UInt = #line
  ) throws {
    let interval = try XCTUnwrap(interval, what, line: line)
    XCTAssertEqual(interval.low, ends[0], accuracy: 1e-12, what, line: line)
    XCTAssertEqual(interval.high, ends[1], accuracy: 1e-12, what, line: line)
  }

  /// The same draws as scikit-learn and NumPy were given, so the same ends.
  func testIntervalsByGivenDraws() throws {
    for fixture in try Fixture.read().bootstrap {
      let draws = SubjectDraws(fixture.subjects.map(\.subject), places: fixture.draws)
      // The script numbers subjects as they are sorted here.
      XCTAssertEqual(draws.subjects, fixture.subjects.map(\.subject))
      let models = [0, 1].map {
        draws.scores(Fixture.counts(fixture.subjects, model: $0, classes: fixture.classes))
      }
      XCTAssertEqual(Set(fixture.parts.keys), Set(["full"] + models[0].datasets.keys))
      for (key, part) in fixture.parts {
        let scores = try models.map {
          key == "full" ? $0.full : try XCTUnwrap($0.datasets[key])
        }
        for (model, scores) in zip(part.models, scores) {
          try assertEqual(scores.intervals?.uf1, model.uf1, "\(key) UF1")
          try assertEqual(scores.intervals?.uar, model.uar, "\(key) UAR")
        }
        let difference = scores[0] - scores[1]
        try assertEqual(difference.intervals?.uf1, part.difference.uf1, "\(key) UF1 difference")
        try assertEqual(difference.intervals?.uar, part.difference.uar, "\(key) UAR difference")
        let mean = try XCTUnwrap(ScoreDraws.mean(scores))
        try assertEqual(mean.intervals?.uf1, part.mean.uf1, "\(key) mean UF1")
        try assertEqual(mean.intervals?.uar, part.mean.uar, "\(key) mean UAR")
      }
    }
  }

  /// The scores that intervals are of are scikit-learn's too, classes that are absent among them.
  func testScoresAgainstScikitLearn() throws {
    for fixture in try Fixture.read().bootstrap {
      for (key, part) in fixture.parts {
        let people = fixture.subjects.filter { key == "full" || $0.dataset == key }
        for (index, model) in part.models.enumerated() {
          let pairs = people.flatMap { person in
            zip(person.truth, person.predictions[index]).map { (truth: $0, prediction: $1) }
          }
          let scores = try XCTUnwrap(Scores(ConfusionMatrix(classes: fixture.classes, pairs)))
          XCTAssertEqual(scores.uf1, model.scores[0], accuracy: 1e-12, key)
          XCTAssertEqual(scores.uar, model.scores[1], accuracy: 1e-12, key)
        }
      }
    }
  }

  /// Our own draws against SciPy's: both ends are means of many draws, so they differ by what one
  /// bootstrap of as many draws scatters, which the script measured over 40 of SciPy's.
  func testOwnDrawsAgainstSciPy() throws {
    let fixture = try Fixture.read().own_draws
    let counts = Fixture.counts(fixture.subjects, model: 0, classes: fixture.classes)
    for seed in 1...3 as ClosedRange<UInt64> {
      let draws = SubjectDraws(
        fixture.subjects.map(\.subject), count: fixture.resamples, seed: seed)
      let interval = try XCTUnwrap(draws.scores(counts).full.intervals).uf1
      XCTAssertEqual(interval.low, fixture.uf1[0], accuracy: 5 * fixture.scatter[0])
      XCTAssertEqual(interval.high, fixture.uf1[1], accuracy: 5 * fixture.scatter[1])
    }
    // The tolerance tells a bootstrap from none.
    XCTAssertLessThan(5 * fixture.scatter.max()!, (fixture.uf1[1] - fixture.uf1[0]) / 10)
  }

  /// Each dataset keeps its share in each draw, and everybody is drawn as often as anybody else.
  func testSubjectsAreDrawnWithinTheirDataset() throws {
    let sizes = ["a": 5, "b": 3]
    let subjects = sizes.flatMap { name, size in
      (0..<size).map { Subject(dataset: name, name: "\($0)") }
    }
    let sorted = subjects.sorted()
    // One subject alone is taken for its class: the recall is its share in a draw. A draw of n subjects
    // misses one of them with the chance (1 - 1/n)^n.
    for (place, subject) in sorted.enumerated() {
      let size = Double(sizes[subject.dataset]!)
      var counts = SubjectCounts(classes: 2)
      for other in sorted { counts.add(other, truth: 0, prediction: other == subject ? 0 : 1) }
      let scores = SubjectDraws(subjects, count: 4000, seed: 3).scores(counts)
      // Recall of the one class: how often the subject was drawn, of all in its dataset.
      let shares = try XCTUnwrap(scores.datasets[subject.dataset]).uar
      let mean = shares.reduce(0, +) / Double(shares.count)
      XCTAssertEqual(mean, 1 / size, accuracy: 5 * 0.5 / 4000.0.squareRoot(), "\(place)")
      XCTAssertEqual(Set(shares.map { ($0 * size).rounded() / size }), Set(shares))
      let missed = Double(shares.count { $0 == 0 }) / 4000
      XCTAssertEqual(
        missed, pow(1 - 1 / size, size), accuracy: 5 * 0.5 / 4000.0.squareRoot(), "\(place)")
      // Of all eight, those of both datasets are as many in each draw.
      XCTAssertTrue(
        zip(scores.full.uar, shares).allSatisfy { abs($0 * 8 - $1 * size) < 1e-9 }, "\(place)")
    }
  }

  func testDrawsDependOnSubjectsAndSeedAlone() {
    let subjects = ["x", "y", "z"].flatMap { dataset in
      (0..<4).map { Subject(dataset: dataset, name: "\($0)") }
    }
    var counts = SubjectCounts(classes: 2)
    for (place, subject) in subjects.enumerated() {
      for clip in 0..<3 { counts.add(subject, truth: clip % 2, prediction: (clip * place) % 2) }
    }
    let first = SubjectDraws(subjects).scores(counts)
    XCTAssertEqual(SubjectDraws(subjects.reversed()).scores(counts).full, first.full)
    XCTAssertNotEqual(SubjectDraws(subjects, seed: 2).scores(counts).full, first.full)
    XCTAssertEqual(first.full.uf1.count, 2000)
    // More draws begin with the same.
    XCTAssertEqual(
      Array(SubjectDraws(subjects, count: 3000).scores(counts).full.uf1[..<2000]), first.full.uf1)
  }

  /// The same draws as NumPy was given; subjects have several numbers of clips, so a draw's mean is not that of
  /// its subjects' means.
  func testAMeanOverClipsByGivenDraws() throws {
    for fixture in try Fixture.read().bootstrap {
      let draws = SubjectDraws(fixture.subjects.map(\.subject), places: fixture.draws)
      XCTAssertEqual(fixture.subjects.count, fixture.clip_mean.values.count)
      let sums = Dictionary(
        uniqueKeysWithValues: zip(fixture.subjects, fixture.clip_mean.values).map {
          ($0.subject, (sum: $1.reduce(0, +), clips: $1.count))
        })
      try assertEqual(draws.mean(sums), fixture.clip_mean.ends, "mean")
    }
  }

  func testAMeanOverClips() throws {
    let subjects = ["1", "2"].map { Subject(dataset: "a", name: $0) }
    let draws = SubjectDraws(subjects, places: [[0, 0], [0, 1], [1, 1]])
    // The draws' means are 1, 1/4 and 0.
    try assertEqual(
      draws.mean([subjects[0]: (sum: 1, clips: 1), subjects[1]: (sum: 0, clips: 3)]),
      [0.0125, 0.9625], "mean")
    let alone = SubjectDraws(subjects[..<1], places: [[0]])
    XCTAssertNil(alone.mean([subjects[0]: (sum: 1, clips: 1)]))
  }

  /// Whoever draws one subject gets the same each time: that says nothing of how far a score is off.
  func testADatasetOfOneSubjectHasNoInterval() {
    let subjects = [("a", "1"), ("a", "2"), ("b", "1")].map { Subject(dataset: $0, name: $1) }
    var counts = SubjectCounts(classes: 2)
    for subject in subjects { counts.add(subject, truth: 0, prediction: 0) }
    let draws = SubjectDraws(subjects).scores(counts)
    XCTAssertNil(draws.full.intervals)
    XCTAssertNil(draws.datasets["b"]?.intervals)
    XCTAssertEqual(draws.datasets["a"]?.intervals?.uf1, Interval(low: 1, high: 1))
    XCTAssertNil((draws.full - draws.full).intervals)
  }
}
