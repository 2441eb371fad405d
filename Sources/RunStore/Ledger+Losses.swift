extension Ledger {
  /// A job that has lost ranks.
  public struct Losses: Sendable, Equatable {
    /// Which of the run's jobs it is, from 1.
    public let number: Int
    public let job: LedgerRecord.JobStarted
    public fileprivate(set) var ranks: [LedgerRecord.RankLost]
  }

  /// The jobs that have lost ranks, in their order. Ledgers of older programs do not say.
  public var losses: [Losses] {
    var losses: [Losses] = []
    var number = 0
    var job: LedgerRecord.JobStarted?
    for record in records {
      switch record {
      case .jobStarted(let record):
        job = record
        number += 1
      case .rankLost(let rank):
        guard let job else { continue }
        if losses.last?.number != number {
          losses.append(Losses(number: number, job: job, ranks: []))
        }
        losses[losses.count - 1].ranks.append(rank)
      default: break
      }
    }
    return losses
  }
}
