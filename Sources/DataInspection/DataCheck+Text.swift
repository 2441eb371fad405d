import Datasets
import Evaluation
import Wording

extension DataCheck {
  /// For people.
  ///
  /// - Parameter all: Whether lists are written out in full.
  public func text(all: Bool) -> String {
    var lines = [dataset.summary, ""]
    lines += Self.columns(datasetRows)
    if all { lines += [""] + Self.columns(subjectRows) }
    lines.append("")
    lines.append(
      isComposite
        ? "This is the composite of SMIC, CASME II and SAMM of the paper: 442 clips of its 68 subjects."
        : "This is not the paper's composite, so no figures of the paper stand beside its report.")
    if !isComposite { lines += differencesFromComposite }
    func say(_ title: String, _ names: [String], of count: Int, _ unit: String, _ note: String = "")
    {
      guard !names.isEmpty else { return lines.append("\(title): none") }
      var line = "\(title): \(names.count) of \(counted(count, unit))\(note)"
      // A list of most clips names nothing.
      if all || 2 * names.count <= count {
        let list = all ? names : Array(names.prefix(6))
        line +=
          ": " + list.joined(separator: ", ")
          + (list.count < names.count ? ", … (--all lists them)" : "")
      }
      lines.append(line)
    }
    let (clips, persons) = (dataset.clips.count, dataset.persons.count)
    say(
      "subjects with clips of one class alone", oneClass.map { "\($0.person)" }, of: persons,
      "subject")
    say(
      "subject names in several datasets", namesakes, of: persons, "subject", ", other people each")
    let crossing = duplicates.filter(\.crossesSubjects)
    say(
      "the same image for several subjects", crossing.map { $0.clips.joined(separator: " = ") },
      of: clips, "clip", " (training may see a test image)")
    say(
      "the same image twice for a subject",
      duplicates.filter { !$0.crossesSubjects }.map { $0.clips.joined(separator: " = ") },
      of: clips, "clip")
    for (channel, names) in constant.enumerated() where !names.isEmpty {
      say("one number everywhere in channel \(channel) of the input", names, of: clips, "clip")
    }
    if regions == .whole {
      lines.append("regions: whole, so nothing is cut and landmarks are not used")
    } else {
      say("landmarks outside the image", outside, of: clips, "clip")
      say(
        "regions moved to lie inside", moved.clips, of: clips, "clip",
        moved.clips.isEmpty ? "" : ", by \(decimals(moved.most, 1)) pixels at most")
      say("regions that overlap", overlapping, of: clips, "clip")
    }
    for warning in warnings { lines.append("warning: \(warning)") }
    return lines.joined(separator: "\n")
  }

  private var datasetRows: [[String]] {
    [["", "subjects", "clips"] + dataset.classNames]
      + (datasets.map { Optional($0) } + [nil]).map { name in
        let counts = counts(of: name)
        return [name ?? "all", "\(counts.subjects)", "\(counts.clips.reduce(0, +))"]
          + counts.clips.map { "\($0)" }
      }
  }

  private var subjectRows: [[String]] {
    [["subject", "clips"] + dataset.classNames]
      + dataset.persons.map { person in
        let clips = dataset.clips.filter { $0.person == person }
        return ["\(person)", "\(clips.count)"]
          + dataset.classNames.indices.map { label in "\(clips.count { $0.label == label })" }
      }
  }

  /// A line for each dataset of the composite that these data have otherwise, or where it is no count that differs.
  private var differencesFromComposite: [String] {
    let known = datasets.filter { PublishedComposite.datasets[$0.lowercased()] != nil }
    let lines = known.compactMap { name -> String? in
      guard let published = PublishedComposite.datasets[name.lowercased()] else { return nil }
      let mine = counts(of: name)
      guard mine.subjects != published.persons || mine.clips != published.clips else { return nil }
      func list(_ numbers: [Int]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
      return
        "\(name) has \(counted(mine.subjects, "subject")) and \(list(mine.clips)) clips by class; "
        + "the composite's \(published.title) has \(published.persons) and \(list(published.clips))"
    }
    guard lines.isEmpty, datasets.count == known.count,
      known.count == PublishedComposite.datasets.count
    else { return lines }
    return [
      "It has as many subjects and clips of each class, but a clip has another subject, name or label than in "
        + "the release's table."
    ]
  }

  private static func columns(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }
  }
}
