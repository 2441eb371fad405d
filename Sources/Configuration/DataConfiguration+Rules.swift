import Datasets
import HTNetModel

extension DataConfiguration {
  /// Checks which keys belong to the format, and what the model must fit; the path is left out.
  ///
  /// - Throws: `ConfigurationRule` for the first that is wrong.
  func validate(for model: HTNetConfiguration) throws {
    guard format.channels.contains(model.channels) else {
      throw ConfigurationRule(
        key: "model.channels",
        reason: "\(model.channels), but images of data.format \(format.rawValue) have "
          + channelsText)
    }
    guard classNames.isEmpty || classNames.count == model.classes else {
      throw ConfigurationRule(
        key: "data.class_names",
        reason:
          "names \(classNames.count) \(classNames.count == 1 ? "class" : "classes"), but model.classes is \(model.classes)"
      )
    }
    guard Set(classNames.map { $0.lowercased() }).count == classNames.count else {
      throw ConfigurationRule(
        key: "data.class_names", reason: "names a class twice, as case is no difference")
    }
    // Weights name their classes in one line, parted by commas.
    if let name = classNames.first(where: { $0.contains(",") }) {
      throw ConfigurationRule(
        key: "data.class_names",
        reason: "\"\(name)\" holds a comma, which parts the names in files of weights")
    }
    switch format {
    case .release: try requireNoManifestKeys()
    case .manifest: try validateManifest()
    }
  }

  /// How many channels the format's images have.
  private var channelsText: String {
    let channels = format.channels
    return channels.count == 1
      ? "\(channels.lowerBound): " + format.planes(channels.lowerBound).joined(separator: ", ")
      : "\(channels.lowerBound) … \(channels.upperBound)"
  }

  private func requireNoManifestKeys() throws {
    for (key, isSet) in [("dataset", dataset != nil), ("columns", !columns.isEmpty)] where isSet {
      throw ConfigurationRule(
        key: "data." + key, reason: "is set, but is for data.format manifest alone")
    }
  }

  private func validateManifest() throws {
    if landmarks != nil {
      throw ConfigurationRule(
        key: "data.landmarks",
        reason: "is set, but is for data.format release alone: a manifest has landmarks in its own "
          + "columns")
    }
    if dataset?.unicodeScalars.contains("/") == true {
      throw ConfigurationRule(key: "data.dataset", reason: "must not hold a slash")
    }
    if let dataset, dataset.allSatisfy(\.isWhitespace) {
      throw ConfigurationRule(key: "data.dataset", reason: "is blank; write auto if there is none")
    }
    do {
      _ = try ManifestColumns.titles(columns)
    } catch let error as DataError {
      throw ConfigurationRule(key: error.file, reason: error.reason)
    }
  }
}
