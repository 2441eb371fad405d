import Random
import Wording

/// Groups of persons that are alike in datasets and classes, drawn from a seed.
///
/// The persons of each dataset are shuffled and given out, those with most clips first: each to the group
/// that has fewest clips of this dataset in the person's classes, then fewest persons of the dataset,
/// then fewest clips in all.
struct GroupDraw {
  /// The group of each person, from 0.
  let groups: [Person: Int]

  /// - Throws: `SplitError` if there are more groups than persons.
  init(_ dataset: Dataset, _ configuration: SplitConfiguration) throws {
    let (persons, count) = (dataset.persons, configuration.groups)
    guard count <= persons.count else {
      throw SplitError(
        key: "splits.groups",
        reason:
          "\(count) groups, but the data have \(counted(persons.count, "subject")): name at most as many"
      )
    }
    var classes: [Person: [Int]] = [:]
    for clip in dataset.clips {
      classes[clip.person, default: Array(repeating: 0, count: dataset.classNames.count)][
        clip.label] += 1
    }
    var groups: [Person: Int] = [:]
    var clipsOfGroup = Array(repeating: 0, count: count)
    let names = Set(persons.map(\.dataset)).sorted()
    for (place, name) in names.enumerated() {
      let own = persons.filter { $0.dataset == name }
      let order = CounterGenerator(
        seed: configuration.seed, fold: place, purpose: .groupsOfPersons
      ).permutation(own.count).map { own[$0] }
      var clips = Array(
        repeating: Array(repeating: 0, count: dataset.classNames.count), count: count)
      var personsOfGroup = Array(repeating: 0, count: count)
      func total(_ person: Person) -> Int { classes[person]?.reduce(0, +) ?? 0 }
      // Of equals the shuffled order stands.
      let ranked = order.enumerated().sorted {
        (total($1.element), $0.offset) < (total($0.element), $1.offset)
      }.map(\.element)
      for person in ranked {
        let counts = classes[person] ?? []
        func load(_ group: Int) -> (Int, Int, Int, Int) {
          (
            zip(counts, clips[group]).reduce(0) { $0 + $1.0 * $1.1 }, personsOfGroup[group],
            clipsOfGroup[group], group
          )
        }
        let group = (0..<count).min { load($0) < load($1) } ?? 0
        groups[person] = group
        personsOfGroup[group] += 1
        clipsOfGroup[group] += counts.reduce(0, +)
        for (label, number) in counts.enumerated() { clips[group][label] += number }
      }
    }
    // A group without a person would be no fold.
    for empty in 0..<count where !groups.values.contains(empty) {
      let sizes = Dictionary(grouping: persons, by: { groups[$0] ?? 0 })
      if let largest = sizes.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }) {
        groups[largest.value[largest.value.count - 1]] = empty
      }
    }
    self.groups = groups
  }
}
