import Evaluation
import Statistics
import Wording

extension Comparison {
  /// The comparison for a terminal: every difference is the second minus the first.
  public var text: String {
    var blocks = [sideLines.joined(separator: "\n")]
    blocks += [Report.columns(differenceRows), differenceNote ?? ""].filter { !$0.isEmpty }
    for pair in pairs {
      blocks.append(Report.columns(rows(pair)))
      blocks.append(testLine(pair.test))
      blocks.append(
        Self.changeLine(pair)
          + (pair.changes.isEmpty ? "" : "\n" + Report.columns(changeRows(pair))))
    }
    return (blocks + [notes.joined(separator: "\n")]).joined(separator: "\n\n")
  }

  /// Which two are compared, and on what.
  var sideLines: [String] {
    let sides = [("A", first), ("B", second)].map { name, side -> String in
      let left =
        side.left > 0
        ? "; \(counted(side.left, "clip")) of it are not compared: the other has not got them" : ""
      return "\(name): \(side.text)\(Self.seeds(side))\(left)"
    }
    return sides + ["\(counted(clips, "clip")) of \(counted(subjects, "subject"))."]
  }

  private static func seeds(_ side: Side) -> String {
    let seeds = side.seeds.compactMap { $0 }
    guard !seeds.isEmpty else { return "" }
    return ", \(seeds.count == 1 ? "seed" : "seeds") "
      + seeds.map { "\($0)" }.joined(separator: ", ")
  }

  /// The scores of both, their differences and the paired intervals of these.
  func rows(_ pair: Pair) -> [[String]] {
    let title =
      pair.first == pair.second
      ? Report.label(pair.first)
      : "A \(Report.label(pair.first)), B \(Report.label(pair.second))"
    return [
      [title, "clips"]
        + ["UF1", "UAR"].flatMap { ["A \($0)", "B \($0)", "B - A", "95% interval"] }
    ]
      + pair.parts.map { part in
        let intervals = Report.cells(part.difference.intervals)
        return [
          Report.title(part.key), "\(part.first.clips)", Report.figure(part.first.uf1.mean),
          Report.figure(part.second.uf1.mean), Report.signed(part.difference.uf1), intervals[0],
          Report.figure(part.first.uar.mean), Report.figure(part.second.uar.mean),
          Report.signed(part.difference.uar), intervals[1],
        ]
      }
  }

  func testLine(_ test: McNemarTest) -> String {
    "McNemar's exact test: A alone has \(counted(test.firstOnly, "clip")) right, B alone "
      + "\(test.secondOnly): p \(Self.chance(test.p))."
      + (hasSeeds ? " It is of the ensembles of seeds, the intervals are of means over seeds." : "")
  }

  private var hasSeeds: Bool { first.seeds.count > 1 || second.seeds.count > 1 }

  static func changeLine(_ pair: Pair) -> String {
    switch pair.changes.count {
    case 0: "No clip's prediction changes."
    case 1: "1 clip changes:"
    case let count: "\(count) clips change:"
    }
  }

  private static func chance(_ p: Double) -> String {
    p < 0.0001 ? "< 0.0001" : "= " + Report.figure(p)
  }

  func changeRows(_ pair: Pair) -> [[String]] {
    [["clip", "truth", "A", "B", ""]]
      + pair.changes.map { change in
        let clip = change.clip
        return ["\(clip.dataset)/\(clip.subject)/\(clip.clip)"]
          + [clip.truth, change.first, change.second].map { classNames[$0] } + [Self.word(change)]
      }
  }

  /// Who is right.
  static func word(_ change: Change) -> String {
    change.clip.truth == change.first
      ? "lost" : change.clip.truth == change.second ? "won" : "wrong either way"
  }

  var notes: [String] {
    var notes = [
      "Intervals are of 95%, paired: percentiles of \(SubjectDraws.standardCount) bootstrap draws of "
        + "subjects within each dataset (seed \(SubjectDraws.standardSeed)), the same for both."
    ]
    if pairs.contains(where: { $0.parts.contains { $0.difference.intervals == nil } }) {
      notes.append("There is none where a dataset has one subject alone.")
    }
    notes.append(
      "McNemar's test takes clips for independent, which those of one subject are not: trust the interval "
        + "more.")
    if hasSeeds {
      notes.append(
        "Scores are means over the seeds; the test and the clips that change are of the mean of all "
          + "seeds' probabilities.")
    }
    return notes
  }
}
