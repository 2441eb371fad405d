import Files
import Tasks
import Yams

/// One way to train, of those that a run compares.
public struct Setting: Sendable, Equatable {
  /// What its tasks are called by; nil: it is the run's own configuration, which needs no name.
  public let key: String?
  /// For people: its name, or its values; empty: the run has no study.
  public let name: String
  /// What the study says of it, by key, in the study's order.
  public let values: [(key: String, value: String)]
  /// What it is trained by, but for the seed.
  public let configuration: RunConfiguration
  /// The place of the setting whose trainings are the same, bit for bit; nil: it is trained itself.
  public internal(set) var sameAs: Int?
  /// The key that makes no difference between the two.
  public internal(set) var inertKey: String?

  public static func == (a: Setting, b: Setting) -> Bool {
    a.key == b.key && a.name == b.name && a.configuration == b.configuration && a.sameAs == b.sameAs
      && a.values.elementsEqual(b.values, by: ==)
  }
}

extension RunConfiguration {
  /// Seeds of each setting's trainings; the run's own is among them.
  public var seeds: [UInt64] {
    training.seeds.isEmpty ? [training.seed] : training.seeds
  }

  /// The settings that the run trains, in the study's order; without a study the run's own.
  ///
  /// - Throws: `ConfigurationRule` for a setting that is illegal, or there twice.
  public func settings() throws -> [Setting] {
    var own = self
    own.study = Study()
    own.training.seeds = []
    let listed: [Study.Named]
    switch study.form {
    case .none:
      return [Setting(key: nil, name: "", values: [], configuration: own)]
    case .list(let settings): listed = settings
    case .matrix(let axes):
      listed = axes.reduce([[]]) { rows, axis in rows.flatMap { row in axis.map { row + [$0] } } }
        .map { Study.Named(name: nil, values: $0) }
    }
    guard listed.count <= Self.mostSettings else {
      throw ConfigurationRule(
        key: Study.name,
        reason: "has \(listed.count) settings; at most \(Self.mostSettings) are read")
    }
    let names = Self.shortNames(Set(listed.flatMap(\.values).map(\.key)))
    var settings: [Setting] = []
    for entry in listed {
      let name = entry.name ?? Self.name(of: entry.values, names)
      let configuration = try own.applying(entry.values, setting: name)
      if let twin = settings.first(where: { $0.configuration == configuration }) {
        throw ConfigurationRule(
          key: Study.name, reason: "the setting \"\(name)\" is \"\(twin.name)\" again")
      }
      if settings.contains(where: { $0.name.lowercased() == name.lowercased() }) {
        throw ConfigurationRule(
          key: Study.name, reason: "two settings are called \"\(name)\" (case is no difference)")
      }
      if let part = TaskKey.partsOfRuns.first(where: { name.contains(":\($0)=") }) {
        throw ConfigurationRule(
          key: Study.name,
          reason:
            "the name \"\(name)\" holds \":\(part)=\", which htnet report --compare would take for "
            + "a part of a run")
      }
      guard FileName.escaped(name).utf8.count <= FileName.ownLimit else {
        throw ConfigurationRule(
          key: Study.name,
          reason: "the setting \"\(name)\" has a name that is too long for a directory: write the "
            + "study as a list of settings, each with a short name")
      }
      settings.append(
        Setting(
          key: configuration == own ? nil : name, name: name,
          values: entry.values.map { ($0.key, $0.text) }, configuration: configuration))
    }
    // The run's own comes first: a run that had no study has trained it.
    let order = settings.indices.sorted { settings[$1].key != nil && settings[$0].key == nil }
    for (place, index) in order.enumerated() {
      for earlier in order[..<place] where settings[earlier].sameAs == nil {
        let (mine, other) = (settings[index].configuration, settings[earlier].configuration)
        guard let key = mine.inertDifference(from: other) else { continue }
        settings[index].sameAs = earlier
        settings[index].inertKey = key
        break
      }
    }
    return settings
  }

  private static let mostSettings = 1000

  /// The same with a setting's values.
  private func applying(_ values: [Study.Value], setting: String) throws -> RunConfiguration {
    var configuration = self
    for value in values {
      // It was read from a study, so the key is there and its text is YAML.
      guard let key = Self.key(value.key), let node = try Yams.compose(yaml: value.text) else {
        continue
      }
      try key.set(node, in: &configuration)
    }
    do {
      try configuration.validate()
    } catch let rule as ConfigurationRule {
      throw ConfigurationRule(
        key: Study.name,
        reason: "the setting \"\(setting)\" is illegal: \(rule)")
    }
    return configuration
  }

  // MARK: - Names

  /// The last part of each key, or the whole key where two end alike.
  private static func shortNames(_ keys: Set<String>) -> [String: String] {
    let short = { (key: String) in key.split(separator: ".").last.map(String.init) ?? key }
    return Dictionary(
      uniqueKeysWithValues: keys.map { key in
        (key, keys.count { short($0) == short(key) } == 1 ? short(key) : key)
      })
  }

  /// Such as `dim=24,heads=3`; a list's entries are joined by dashes.
  private static func name(of values: [Study.Value], _ names: [String: String]) -> String {
    values.map { value in
      let text = value.text.filter { !"[]'\" ".contains($0) }.replacing(",", with: "-")
      return "\(names[value.key] ?? value.key)=\(text)"
    }.joined(separator: ",")
  }
}
