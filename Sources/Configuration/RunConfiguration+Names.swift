/// Settings that a wider study calls otherwise than the run that it goes on with.
extension RunConfiguration {
  /// The same with a study that calls each setting of a run as the run does, and has those first, in the
  /// run's order: what is trained keeps its place, and of settings that are the same bit for bit the
  /// trained one stands for the others.
  ///
  /// - Parameter earlier: The run's configuration.
  /// - Returns: The study as a list, and what it calls otherwise than this one; nil: nothing has to be
  ///   called otherwise, or two settings would have one name.
  /// - Throws: `ConfigurationRule` if a setting of either is illegal.
  public func keepingNames(of earlier: RunConfiguration) throws -> (
    configuration: RunConfiguration, renamed: [(name: String, kept: String)]
  )? {
    let (here, there) = (try settings(), try earlier.settings())
    guard !study.isEmpty, !there.isEmpty else { return nil }
    /// The place among the run's settings of one of mine.
    let places = here.map { mine in
      there.firstIndex {
        mine.configuration.differences(from: $0.configuration).isEmpty
      }
    }
    let isMoved = zip(here, places).contains { mine, place in
      guard let place, there[place].sameAs == nil else { return false }
      return mine.key != there[place].key || mine.sameAs != nil
    }
    guard isMoved else { return nil }
    var renamed: [(name: String, kept: String)] = []
    let named = zip(here, places).map { mine, place in
      var name = mine.name
      if let place, mine.key != nil, there[place].key != nil, there[place].name != name {
        name = there[place].name
        renamed.append((mine.name, name))
      }
      return Study.Named(
        name: name, values: mine.values.map { Study.Value(key: $0.key, text: $0.value) })
    }
    guard Set(named.map { $0.name?.lowercased() }).count == named.count else { return nil }
    let order = here.indices.sorted {
      (places[$0] ?? there.count, $0) < (places[$1] ?? there.count, $1)
    }
    var configuration = self
    configuration.study = Study(order.map { named[$0] })
    return (configuration, renamed)
  }
}
