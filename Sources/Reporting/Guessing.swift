import Evaluation
import Statistics

extension Report {
  /// What guesses score on the clips of which a protocol's scores are: who scores no more has learnt nothing.
  struct Guessing: Sendable {
    /// Of always saying the most frequent class, of equals the first.
    let constant: Scores
    /// Of the same predictions, dealt out anew within each dataset.
    let permuted: PermutationTest

    /// A score is taken for more than a guess where its p is below.
    static let level = 0.01

    /// - Parameters:
    ///   - seeds: Each seed's rows, of the same clips in the same order.
    ///   - place: The protocol's among the run's.
    /// - Returns: nil: there is no clip, or the protocol has seen the labels, which no guess has.
    init?(_ seeds: [[Row]], of name: EvaluationProtocol, at place: Int, classes: Int) {
      guard !name.isOptimistic, let clips = seeds.first?.map(\.clip), !clips.isEmpty else {
        return nil
      }
      // Whatever the order of folds is.
      let order = clips.indices.sorted { a, b in
        (clips[a].dataset, clips[a].subject, clips[a].clip)
          < (clips[b].dataset, clips[b].subject, clips[b].clip)
      }
      let truth = order.map { clips[$0].truth }
      let counts = (0..<classes).map { label in truth.count { $0 == label } }
      let most = counts.firstIndex(of: counts.max() ?? 0) ?? 0
      let matrix = ConfusionMatrix(
        classes: classes, truth.map { (truth: $0, prediction: most) })
      guard let constant = Scores(matrix) else { return nil }
      self.constant = constant
      permuted = PermutationTest(
        datasets: order.map { clips[$0].dataset }, truth: truth,
        predictions: seeds.map { rows in order.map { rows[$0].answers[place].prediction } },
        classes: classes)
    }

    /// The scores that are not clearly above both guesses: by the interval over subjects, or by p.
    func doubts(_ intervals: ScoreIntervals) -> [String] {
      [
        ("UF1", intervals.uf1, permuted.uf1, constant.uf1),
        ("UAR", intervals.uar, permuted.uar, constant.uar),
      ].filter { _, interval, chance, constant in
        interval.low <= max(chance.expected, constant) || chance.p >= Self.level
      }.map(\.0)
    }
  }
}
