import Console
import Logging
import Wording

/// What the coordinator says of ranks that are slow, and of groups that are late.
extension Coordinator {
  /// Steps of a group's task.
  func noteTimes(_ times: [RankTimes], of group: Int) {
    guard let task = scheduler.leases[group]?.task else { return }
    for times in times {
      if let finding = stragglers.add(times, of: task) { say(finding) }
    }
  }

  private func say(_ finding: Stragglers.Finding) {
    progressFile.note(finding)
    switch finding {
    case .slow(let rank, let factor, let cause):
      logger.warning(
        "\(SlowRank(rank: rank, host: hosts[rank], factor: factor, cause: cause))",
        metadata: [
          "event": "rank-slow", "slow_rank": .stringConvertible(rank),
          "slow_host": .string(hosts[rank]), "factor": .stringConvertible(factor),
        ])
    case .ordinary(let rank):
      logger.notice("rank \(rank) on \(hosts[rank]) is as fast as the others again")
    }
  }

  /// Who has not stopped in time.
  var overdue: StopOverdue {
    StopOverdue(
      seconds: clock.bound,
      groups: scheduler.leases.keys.sorted().map {
        heartbeat.name($0) + (progress.standing(of: $0).map { ", \($0)" } ?? "")
      })
  }
}

/// A rank that slows the job down, in words.
package struct SlowRank: CustomStringConvertible {
  package let rank: Int
  package let host: String
  package let factor: Double
  package let cause: Stragglers.Cause

  package init(rank: Int, host: String, factor: Double, cause: Stragglers.Cause) {
    self.rank = rank
    self.host = host
    self.factor = factor
    self.cause = cause
  }

  package var description: String {
    let times = decimals(factor, 1)
    return switch cause {
    case .computing:
      "rank \(rank) on \(host) is slow: a sample takes it \(times) times as long as the other ranks; look "
        + "at what else runs on its host, at its cores and at their clock rate"
    case .exchange:
      "rank \(rank) on \(host) is slow: its group waits for its messages alone, and steps take at least "
        + "\(times) times as long as without that; its computing is not known to be slow: look at its network, "
        + "and at what else runs on its host"
    }
  }
}
