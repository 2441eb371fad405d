extension Report {
  /// A fold of several persons that are left out together.
  struct Group {
    let fold: String
    /// `dataset/subject`, in the order of their first clips.
    let persons: [String]
    let clips: Int
  }

  /// Who was in which group, by the groups' numbers; empty where folds are not groups of persons.
  var groups: [Group] {
    guard job.splitsBy == "groups" else { return [] }
    let clips = Dictionary(grouping: job.clips, by: \.fold)
    return job.splits.map { fold in
      var persons: [String] = []
      var known = Set<String>()
      for clip in clips[fold] ?? [] {
        let person = "\(clip.dataset)/\(clip.subject)"
        if known.insert(person).inserted { persons.append(person) }
      }
      return Group(fold: fold, persons: persons, clips: clips[fold]?.count ?? 0)
    }
  }

  /// A row a group; empty: there are none.
  var groupRows: [[String]] {
    guard !groups.isEmpty else { return [] }
    return [["group", "subjects", "clips", "who"]]
      + groups.map {
        [$0.fold, "\($0.persons.count)", "\($0.clips)", $0.persons.joined(separator: ", ")]
      }
  }
}
