import Foundation
import Plots
import RunStore
import Statistics
import Wording

/// How the run came about: all on the page that two runs of equal results may have otherwise.
extension ReportPage {
  var facts: Section? {
    let histories = report.histories
    let several = histories.count > 1
    let body = zip(report.runs, histories).map { run, history -> Markup in
      (several ? "<h3>\(run.path)</h3>" : "")
        + Self.table(
          several ? "Facts of \(run.path)" : "Facts of the run", ["fact", "value"],
          facts(history).map { ["\($0)", "\($1)"] }, style: "facts")
        + Self.jobs(history) + Self.configuration(history)
    }.joined()
    return ("facts", "How the run came about", body)
  }

  private static func unique(_ texts: [String]) -> String {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }.joined(separator: "; ")
  }

  private func facts(_ history: RunHistory) -> [(String, String)] {
    let jobs = history.jobs
    let seeds = report.job.seeds?.map { "\($0)" }.joined(separator: ", ")
    let machines = jobs.map(\.machine)
    var facts: [(String, String)] = [
      ("seeds", seeds ?? "the ledger does not say"),
      ("program", Self.unique(jobs.map(\.program))),
      ("hosts", Self.unique(machines.flatMap(\.hosts))),
      (
        "ranks × threads",
        Self.unique(jobs.map { "\($0.machine.ranks) × \($0.machine.threadsPerRank)" })
      ),
      ("CPU", Self.unique(machines.map(\.cpu))),
      ("products", Self.unique(machines.map(\.kernel))),
      ("MPI", Self.unique(machines.map(\.mpi))),
    ]
    let seconds = history.trainingSeconds
    if !seconds.isEmpty {
      let middle = Interval(holding: 0, of: seconds).low
      facts.append(
        (
          "seconds a training",
          "median \(decimals(middle, 1)), from \(decimals(seconds[0], 1)) to "
            + "\(decimals(seconds[seconds.count - 1], 1)), of \(counted(seconds.count, "finished training"))"
            + " (of one that was resumed, since then)"
        ))
      facts.append(
        ("core-hours in these trainings", Self.hours(history.trainingCoreSeconds)))
    }
    if let held = history.heldCoreSeconds {
      let isWhole = !jobs.contains { $0.end == .unsaid }
      facts.append(
        (
          "core-hours that the jobs held",
          isWhole
            ? Self.hours(held)
            : "at least \(Self.hours(held)); of jobs that died or go on, until their last line in the ledger"
        ))
    }
    facts += [
      (
        "jobs",
        "\(jobs.count)"
          + (history.deaths > 0 ? ", \(history.deaths) of which ended without a word" : "")
          + (history.lostRanks > 0 ? "; \(counted(history.lostRanks, "rank")) lost" : "")
      ),
      ("times that a training was begun again", "\(history.resumptions)"),
      ("trainings that failed", "\(history.failures)"),
    ]
    return facts + digests
  }

  /// Of the samples as they are composed, which settings may compose otherwise.
  private var digests: [(String, String)] {
    let settings = report.job.allSettings
    var seen: Set<String> = []
    let different = settings.filter { seen.insert($0.dataSHA256).inserted }
    guard different.count > 1 else {
      return [("composed samples (SHA-256)", report.job.dataSHA256)]
    }
    return different.map { first in
      let more = settings.count { $0.dataSHA256 == first.dataSHA256 } - 1
      return (
        "composed samples of \(first.name)\(more > 0 ? " and \(more) more" : "") (SHA-256)",
        first.dataSHA256
      )
    }
  }

  private static func hours(_ seconds: Double) -> String {
    decimals(seconds / 3600, seconds < 36 ? 5 : 2)
  }

  private static func jobs(_ history: RunHistory) -> Markup {
    guard history.jobs.count > 1 else { return "" }
    let rows = history.jobs.enumerated().map { index, job -> [Markup] in
      let end =
        switch job.end {
        case .finished: "finished"
        case .stopped(let reason): "stopped: \(reason)"
        case .unsaid:
          index == history.jobs.count - 1 ? "has not said that it ended" : "ended without a word"
        }
      let least = job.end == .unsaid ? "at least " : ""
      return [
        "\(index + 1)", "\(job.machine.hosts.joined(separator: ", "))", "\(job.threads)",
        "\(job.seconds.map { least + duration($0) } ?? "–")", "\(end)",
      ]
    }
    return """
      <details><summary>Its \(history.jobs.count) jobs</summary>
      \(table("Jobs", ["job", "hosts", "threads", "time", "end"], rows))
      </details>
      """
  }

  private static func configuration(_ history: RunHistory) -> Markup {
    guard let text = history.configuration else {
      return paragraph("Its configuration cannot be read.")
    }
    return """
      <details><summary>Its configuration</summary>
      <pre tabindex="0" aria-label="The configuration">\(Markup(lines: text))</pre></details>
      """
  }
}
