import RunStore

extension LedgerRecord.JobStarted {
  /// What a job that follows a plan says of itself.
  public init(
    _ plan: RunPlan, version: String, configurationSHA256: String, machine: LedgerRecord.Machine
  ) {
    let folds = plan.dataset.foldNames
    self.init(
      time: LedgerRecord.now, program: "htnet \(version)",
      configurationSHA256: configurationSHA256, dataSHA256: plan.dataset.digest,
      initialWeightsSHA256: plan.initialWeightsSHA256,
      initialWeightsPersons: plan.start?.persons.sorted(),
      protocols: plan.configuration.evaluation.protocols,
      classes: plan.configuration.model.classes, classNames: plan.dataset.classNames,
      clips: plan.dataset.clips.map {
        .init(
          dataset: $0.dataset, subject: $0.subject, clip: $0.name, truth: $0.label,
          fold: folds[$0.person] ?? $0.person.description)
      }, tasks: plan.tasks.map(\.key), machine: machine)
  }
}
