import Evaluation
import RunStore

/// A clip that is taken for a wrong class.
struct Mistake: Sendable, Equatable {
  let clip: LedgerRecord.ClipTruth
  /// Of several seeds the ensemble's.
  let prediction: Int
  /// The probability of that class, 0 … 1.
  let confidence: Double
  /// The probability of the true class.
  let ofTruth: Double
  /// Seeds that are wrong by themselves, of all.
  let wrongSeeds: Int
}

extension Report.SettingScores {
  /// The clips that a protocol has wrong, the most confident mistakes first: with several seeds those of their
  /// ensemble.
  ///
  /// - Parameter place: The protocol's among the run's.
  func mistakes(protocolAt place: Int) -> [Mistake] {
    let rows = ensemble?.rows ?? shared.first?.rows ?? []
    let mistakes = rows.enumerated().compactMap { index, row -> Mistake? in
      let answer = row.answers[place]
      let prediction = answer.prediction
      guard prediction != row.clip.truth else { return nil }
      let probabilities = answer.probabilities
      return Mistake(
        clip: row.clip, prediction: prediction, confidence: probabilities[prediction],
        ofTruth: probabilities[row.clip.truth],
        wrongSeeds: shared.count { $0.rows[index].answers[place].prediction != row.clip.truth })
    }
    // Of equals in the data's order: a sort in Swift keeps it.
    return mistakes.sorted { $0.confidence > $1.confidence }
  }
}
