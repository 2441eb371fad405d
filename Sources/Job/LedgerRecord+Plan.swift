import RunStore

extension LedgerRecord.JobStarted {
  /// What a job that follows a plan says of itself.
  public init(
    _ plan: RunPlan, version: String, configurationSHA256: String, machine: LedgerRecord.Machine
  ) {
    self.init(
      time: LedgerRecord.now, program: "htnet \(version)",
      configurationSHA256: configurationSHA256, dataSHA256: plan.settings[0].dataSHA256,
      settings: plan.settings.map(\.record), seeds: plan.configuration.seeds,
      seed: plan.configuration.training.seed, splitsBy: plan.configuration.splits.by.rawValue,
      initialWeightsSHA256: plan.initialWeightsSHA256,
      initialWeightsPersons: plan.start?.persons.sorted(),
      protocols: plan.configuration.evaluation.protocols,
      classes: plan.configuration.model.classes, classNames: plan.dataset.classNames,
      clips: plan.dataset.clips.indices.map { place in
        let clip = plan.dataset.clips[place]
        return .init(
          dataset: clip.dataset, subject: clip.subject, clip: clip.name, truth: clip.label,
          fold: plan.foldOfClip[place], image: plan.dataset.images?[place])
      }, sharedImages: plan.dataset.sharedImages.isEmpty ? nil : plan.dataset.sharedImages,
      tasks: plan.tasks.map(\.key), machine: machine)
  }
}

extension PlannedSetting {
  /// What the ledger says of it.
  var record: LedgerRecord.Setting {
    .init(
      key: setting.key, name: setting.name,
      values: setting.values.map { .init(key: $0.key, value: $0.value) }, dataSHA256: dataSHA256,
      sameAs: setting.sameAs)
  }
}
