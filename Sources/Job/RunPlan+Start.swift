import Configuration
import Datasets
import HTNetModel
import Safetensors
import Training

extension RunPlan {
  /// A file of weights that every fold may start from.
  struct Start {
    let origin: WeightsOrigin
    let warnings: [String]

    /// - Parameter tested: The folds, and whom they test.
    /// - Throws: `SafetensorsError` if the file does not fit a setting's model, is damaged, or has seen
    ///   whom a fold tests.
    init(
      _ file: SafetensorsFile, settings: [PlannedSetting],
      tested: [(name: String, persons: [Person])],
      configuration: RunConfiguration
    ) throws {
      let path = file.file
      var rounding: String?
      for setting in settings where setting.setting.sameAs == nil {
        let model = try HTNet(setting.setting.configuration.model)
        let weights = try file.weights(of: model)
        if let expected = file.metadata["weights_sha256"], expected != weights.sha256 {
          throw SafetensorsError(
            file: path,
            reason: "its tensors are not those that its weights_sha256 names: it is damaged")
        }
        rounding = try file.rounding(model.layout)
      }
      let origin = try WeightsOrigin(of: file)
      try origin.check(tested, file: path)
      let doubtful = origin.doubting(tested.flatMap(\.persons))
      self.origin = doubtful ?? origin
      var warnings: [String] = []
      for setting in settings {
        for line in setting.setting.configuration.inputDifferences(
          from: file, classNames: setting.dataset.classNames) where !warnings.contains(line)
        {
          warnings.append(line)
        }
      }
      if doubtful != nil {
        warnings.append(
          "\(path): its weights have seen subjects of another dataset that are called as test subjects "
            + "are here; if they are the same people, the scores leave nobody out (name a manifest's "
            + "dataset with data.dataset)")
      } else if !self.origin.isComplete {
        warnings.append(
          "\(path): its metadata do not say whose clips its weights were trained on; if a test "
            + "subject was among them, the scores leave nobody out")
      }
      self.warnings = warnings + (rounding.map { [$0] } ?? [])
    }
  }
}
