import Files
import Wording

/// The clips of a table, in its order.
struct ClipTable {
  let path: String
  let clips: [Clip]
  /// The line of each clip.
  let lines: [Int]

  private struct Key: Hashable {
    let person: Person
    let name: String
  }

  /// - Parameter hasFolds: Whether each person is left out in turn.
  /// - Throws: `DataError` if a clip stands twice or there is none; with folds, if nobody can be left out, or
  ///   a person's could have no directory of its name.
  init(path: String, clips: [Clip], lines: [Int], hasFolds: Bool) throws {
    self.path = path
    self.clips = clips
    self.lines = lines
    var seen: [Key: Int] = [:]
    for (clip, line) in zip(clips, lines) {
      if let first = seen.updateValue(line, forKey: Key(person: clip.person, name: clip.name)) {
        throw DataError(
          path, line: line,
          "the clip \(clip.person)/\(clip.name) stands in line \(first) already")
      }
    }
    guard hasFolds else {
      guard !clips.isEmpty else { throw DataError(path, "has no clip") }
      return
    }
    let persons = clips.persons
    guard persons.count >= 2 else {
      throw DataError(
        path, "has \(counted(persons.count, "subject")); leaving one out needs at least 2")
    }
    let names = clips.foldNames
    for (clip, line) in zip(clips, lines) {
      let name = names[clip.person] ?? ""
      let bytes = FileName.escaped(name).utf8.count
      guard bytes > FileName.ownLimit else { continue }
      throw DataError(
        path, line: line,
        "the subject \"\(name)\" needs a directory whose name has \(bytes) bytes (all but a-z, A-Z, "
          + "0-9, '.', '-' and '_' take three), and \(FileName.ownLimit) fit: shorten it")
    }
  }
}
