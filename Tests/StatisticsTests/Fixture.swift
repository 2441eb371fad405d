import Evaluation
import Foundation
import Statistics

/// What scikit-learn, SciPy, statsmodels and NumPy computed (`scripts/statistics-fixtures.py`).
struct Fixture: Decodable {
  struct Person: Decodable {
    let dataset: String
    let name: String
    let truth: [Int]
    /// One list a model.
    let predictions: [[Int]]

    var subject: Subject { Subject(dataset: dataset, name: name) }
  }

  struct Ends: Decodable {
    let uf1: [Double]
    let uar: [Double]
  }

  struct Model: Decodable {
    /// UF1 and UAR of all clips.
    let scores: [Double]
    let uf1: [Double]
    let uar: [Double]
  }

  struct Part: Decodable {
    let models: [Model]
    let difference: Ends
    let mean: Ends
  }

  /// Of a number that each clip has.
  struct ClipMean: Decodable {
    /// [subjects][clips].
    let values: [[Double]]
    let ends: [Double]
  }

  struct Bootstrap: Decodable {
    let classes: Int
    let subjects: [Person]
    let draws: [[Int]]
    let parts: [String: Part]
    let clip_mean: ClipMean
  }

  struct OwnDraws: Decodable {
    let classes: Int
    let subjects: [Person]
    let resamples: Int
    let uf1: [Double]
    let scatter: [Double]
  }

  struct Test: Decodable {
    let first: Int
    let second: Int
    let p: Double
  }

  struct Values: Decodable {
    let values: [Double]
    let mean: Double
    let deviation: Double
  }

  struct Ensemble: Decodable {
    let logits: [[[Float]]]
    let probabilities: [[Double]]
  }

  struct Reliability: Decodable {
    let confidence: [Double]
    let right: [Bool]
    let bins: Int
    let counts: [Int]
    /// Of bins with predictions alone.
    let accuracy: [Double]
    let mean: [Double]
    let error: Double
  }

  struct Permutation: Decodable {
    let classes: Int
    /// Each clip's.
    let datasets: [String]
    let truth: [Int]
    /// One list a seed.
    let predictions: [[Int]]
    /// UF1 and UAR, means over all deals.
    let expected: [Double]
    /// The share of deals that reach the predictions' own.
    let p: [Double]
  }

  let bootstrap: [Bootstrap]
  let own_draws: OwnDraws
  let mcnemar: [Test]
  let spreads: [Values]
  let ensemble: Ensemble
  let calibrations: [Reliability]
  let permutations: [Permutation]

  static func read() throws -> Fixture {
    guard let url = Bundle.module.url(forResource: "Fixtures/statistics", withExtension: "json")
    else { throw CocoaError(.fileNoSuchFile) }
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }

  static func counts(_ people: [Person], model: Int, classes: Int) -> SubjectCounts {
    var counts = SubjectCounts(classes: classes)
    for person in people {
      for (truth, prediction) in zip(person.truth, person.predictions[model]) {
        counts.add(person.subject, truth: truth, prediction: prediction)
      }
    }
    return counts
  }
}
