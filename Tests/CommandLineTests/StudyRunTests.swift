import XCTest

/// Settings × seeds × splits in one run.
final class StudyRunTests: CommandLineTestCase {
  private let small = """
    model: {dim: 6, heads: 1, block_repeats: [1, 1, 1]}
    training: {epochs: 3, batch_size: 16, learning_rate: 0.002}
    evaluation:
      protocols: [last-epoch, nested, best-on-test]
      nested: {splits: 2, subjects: 2}

    """
  private let study = "study: {model.dim: [6, 8], data.regions: [published, whole]}\n"

  private func train(_ data: String, _ run: String, _ text: String, _ settings: [String] = [])
    throws -> Ended
  {
    let config = try write(text, to: "config.yaml")
    return try htnet(
      ["train", "--config", config, "--data", data, "--run", path(run)]
        + settings.flatMap { ["--set", $0] })
  }

  /// A result without its task.
  private func result(_ path: String) throws -> NSDictionary {
    let data = try XCTUnwrap(FileManager.default.contents(atPath: self.path(path)), path)
    var object = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
    XCTAssertNotNil(object.removeValue(forKey: "task"))
    return object as NSDictionary
  }

  private func report(_ run: String) throws -> [String: Any] {
    assertSuccess(try htnet(["report", path(run)]))
    return try RunFiles(path(run)).reportJSON()
  }

  func testATaskOfAStudyIsTheSingleRunsBitForBit() throws {
    let data = try synthesize(subjects: 6)
    assertSuccess(try train(data, "study", small + study, ["training.seeds=1,2"]))
    var all: Set<NSDictionary> = []
    for (directory, settings) in [
      ("", []), ("seed-2/", ["training.seed=2"]),
      ("settings/dim%3D8%2Cregions%3Dpublished/", ["model.dim=8"]),
      (
        "settings/dim%3D8%2Cregions%3Dwhole/seed-2/",
        ["model.dim=8", "data.regions=whole", "training.seed=2"]
      ),
    ] {
      let run = "single-\(all.count)"
      assertSuccess(try train(data, run, small, settings + ["folds.include=sub01,s2"]))
      for task in ["folds/sub01", "folds/s2", "inner-1/folds/s2", "inner-2/folds/sub01"] {
        let single = try result("\(run)/\(task)/result.json")
        XCTAssertEqual(
          try result("study/\(directory)\(task)/result.json"), single, directory + task)
        all.insert(single)
      }
    }
    // The trainings really differ.
    XCTAssertEqual(all.count, 16)

    let json = try report("study")
    XCTAssertNil(json["scores"])
    let listed = try XCTUnwrap(json["settings"] as? [[String: Any]])
    XCTAssertEqual(
      listed.map { $0["name"] as? String },
      [
        "dim=6,regions=published", "dim=6,regions=whole", "dim=8,regions=published",
        "dim=8,regions=whole",
      ])
    XCTAssertEqual(
      listed[3]["values"] as? [String: String], ["model.dim": "8", "data.regions": "whole"])
    XCTAssertEqual(listed[3]["seeds"] as? [Int], [1, 2])
    // A setting with one seed has the scores of its single run; the mean is over the seeds.
    let single = try train(data, "whole", small, ["model.dim=8", "data.regions=whole"])
    assertSuccess(single)
    let expected = try XCTUnwrap(report("whole")["scores"] as? [String: [String: [String: Any]]])
    let bySeed = try XCTUnwrap(listed[3]["by_seed"] as? [[String: Any]])
    let mine = try XCTUnwrap(bySeed[0]["scores"] as? [String: [String: [String: Any]]])
    XCTAssertEqual(mine as NSDictionary, expected as NSDictionary)
    let other = try XCTUnwrap(bySeed[1]["scores"] as? [String: [String: [String: Any]]])
    let mean = try XCTUnwrap(listed[3]["scores"] as? [String: [String: [String: Any]]])
    for name in ["last-epoch", "nested", "best-on-test"] {
      for part in ["full", "casme2", "samm", "smic"] {
        for score in ["uf1", "uar"] {
          let seeds = try [mine, other].map { try XCTUnwrap($0[name]?[part]?[score] as? Double) }
          XCTAssertEqual(
            try XCTUnwrap(mean[name]?[part]?[score] as? Double), (seeds[0] + seeds[1]) / 2,
            accuracy: 1e-15)
          XCTAssertEqual(
            try XCTUnwrap(mean[name]?[part]?[score + "_sd"] as? Double),
            abs(seeds[0] - seeds[1]) / 2.0.squareRoot(), accuracy: 1e-15)
        }
        XCTAssertEqual(mean[name]?[part]?["clips"] as? Int, expected[name]?[part]?["clips"] as? Int)
      }
    }
  }

  func testTwoPlacementsOfAStudyOfWhichOneWasKilledReportTheSame() throws {
    let data = try synthesize(subjects: 6)
    let text = small + study + "splits: {by: groups, groups: 4}\n"
    let seeds = ["training.seeds=5,1", "training.epochs=20"]
    assertSuccess(try train(data, "alone", text, seeds))
    let config = path("config.yaml")
    let arguments =
      ["train", "--config", config, "--data", data, "--run", path("four")]
      + (seeds + ["cluster.ranks_per_fold=2", "checkpoint.every_seconds=0"]).flatMap {
        ["--set", $0]
      }
    let killed = try startHtnet(ranks: 4, arguments)
    let run = RunFiles(path("four"))
    try killed.waitUntil("20 finished trainings of") {
      try run.events().count { $0 == "fold-finished" } >= 20
    }
    killed.end()
    let finished = try run.events().count { $0 == "fold-finished" }
    XCTAssertGreaterThanOrEqual(finished, 20)
    // 4 settings × 2 seeds × 4 groups, each with two inner trainings.
    XCTAssertLessThan(finished, 96)
    let ended = try htnet(ranks: 4, arguments)
    assertSuccess(ended)
    XCTAssertTrue(ended.errors.contains("going on: "), ended.errors)
    XCTAssertTrue(
      ended.errors.contains(
        "96 trainings: 4 folds × 4 settings × 2 seeds, each with 2 inner trainings that hold out "
          + "training subjects"), ended.errors)
    for name in ["report.json", "predictions.csv", "report.md"] {
      _ = try report("alone")
      _ = try report("four")
      XCTAssertEqual(
        try RunFiles(path("four")).report(name), try RunFiles(path("alone")).report(name), name)
    }
  }

  func testAStudyGrowsAndOnlyNewTrainingsRun() throws {
    let data = try synthesize()
    let plain = small.replacing("nested, ", with: "")
    func started(_ run: String) throws -> [String] {
      let ledger = try RunFiles(path(run)).ledger()
      let last = try XCTUnwrap(ledger.lastIndex { $0["event"] as? String == "job-started" })
      return ledger[last...].filter { $0["event"] as? String == "fold-started" }.map {
        let task = $0["task"] as? [String: Any] ?? [:]
        return "\(task["setting"] ?? "-") \(task["seed"] ?? "-")"
      }
    }
    assertSuccess(try train(data, "run", plain))
    XCTAssertEqual(try started("run"), Array(repeating: "- -", count: 5))
    let before = RunFiles(path("run")).results

    assertSuccess(try train(data, "run", plain, ["training.seeds=1,2"]))
    XCTAssertEqual(try started("run"), Array(repeating: "- 2", count: 5))
    let wide = "study: {model.dim: [4, 6]}\n"
    assertSuccess(try train(data, "run", plain + wide, ["training.seeds=1,2"]))
    XCTAssertEqual(Set(try started("run")), ["dim=4 -", "dim=4 2"])
    XCTAssertEqual(RunFiles(path("run")).results, before)
    assertSuccess(try train(data, "run", plain + wide, ["training.seeds=1,2"]))
    XCTAssertEqual(try started("run"), [])
    assertSuccess(try htnet(["inspect", path("run"), "--verify"]))

    // The same as one that was as wide from the start.
    assertSuccess(try train(data, "wide", plain + wide, ["training.seeds=1,2"]))
    _ = try report("run")
    _ = try report("wide")
    XCTAssertEqual(
      try RunFiles(path("run")).report("report.json"),
      try RunFiles(path("wide")).report("report.json"))

    // It never shrinks, and loses nothing by being asked to.
    let snapshot = snapshot(of: path("run"))
    for (text, settings, message) in [
      (
        plain + wide, ["training.seed=1"],
        "holds a run with the seed 2, which training.seeds lacks here: a run may get more seeds, never "
          + "fewer; add it, or name another directory with --run"
      ),
      (
        plain + wide, ["training.seeds=2,1"],
        "holds a run of another configuration: training.seed is 1 there and 2 here; name another "
          + "directory with --run, or begin training.seeds with the run's own seed, 1"
      ),
      (
        plain, ["training.seeds=1,2"],
        "holds a run of the setting dim=4, which the study does not train here: a run may get more "
          + "settings, never fewer; add it, or name another directory with --run"
      ),
      (
        plain + "study: {model.dim: [4, 8]}\n", ["training.seeds=1,2"],
        "holds a run of the setting dim=6, which the study does not train here: a run may get more "
          + "settings, never fewer; add it (a setting with the values that the run was begun with), or "
          + "name another directory with --run"
      ),
      (
        plain + "study: [{name: dim=4, model.dim: 12}, {model.dim: 6}]\n",
        ["training.seeds=1,2"],
        "holds a run whose setting dim=4 has model.dim 4, not 12: give the new setting another name, or "
          + "name another directory with --run"
      ),
    ] {
      let ended = try train(data, "run", text, settings)
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(ended.errors.hasSuffix("\(path("run")): \(message)\n"), ended.errors)
      XCTAssertEqual(self.snapshot(of: path("run")), snapshot)
    }
  }

  /// What is trained keeps its name where a wider study calls it otherwise.
  func testAStudyGrowsByAKey() throws {
    let data = try synthesize()
    let plain = small.replacing("nested, ", with: "")
    assertSuccess(try train(data, "run", plain + "study: {model.dim: [4, 6]}\n"))
    let before = RunFiles(path("run")).results
    func events() throws -> Int {
      try RunFiles(path("run")).events().count { $0 == "fold-finished" }
    }
    XCTAssertEqual(try events(), 10)
    let wide = plain + "study: {model.dim: [4, 6], training.epochs: [3, 4]}\n"
    for _ in 1...2 {
      let ended = try train(data, "run", wide)
      assertSuccess(ended)
      XCTAssertTrue(
        ended.errors.contains(
          "note: the setting dim=4,epochs=3 is what the run calls dim=4, and keeps that name\n"),
        ended.errors)
      XCTAssertEqual(try events(), 20)
    }
    XCTAssertEqual(RunFiles(path("run")).results, before)
    assertSuccess(try htnet(["inspect", path("run"), "--verify"]))
    let listed = try XCTUnwrap(report("run")["settings"] as? [[String: Any]])
    XCTAssertEqual(
      listed.map { $0["name"] as? String },
      ["dim=4", "dim=6,epochs=3", "dim=4,epochs=4", "dim=6,epochs=4"])
    let taken = try train(
      data, "run",
      plain
        + "study: [{name: other, model.dim: 4}, {name: dim=4, model.dim: 8}, {model.dim: 6}]\n")
    XCTAssertEqual(taken.status, 2)
    XCTAssertTrue(
      taken.errors.hasSuffix(
        "holds a run whose setting dim=4 is other in the study here, where two settings would have the "
          + "name dim=4: call this one as the run does, and no other, or name another directory with "
          + "--run\n"), taken.errors)
  }

  /// A job that dies between the two writes of a wider configuration has lost nothing.
  func testAGrowthThatWasCutGoesOn() throws {
    let data = try synthesize()
    let plain = small.replacing("nested, ", with: "")
    assertSuccess(try train(data, "run", plain))
    let narrow = try XCTUnwrap(FileManager.default.contents(atPath: path("run/config.yaml")))
    // A file that no line of the ledger names is left over.
    try write("training:\n", to: "run/config.next.yaml")
    assertSuccess(try train(data, "run", plain))
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run/config.next.yaml")))
    assertSuccess(try train(data, "run", plain, ["training.seeds=1,2"]))
    let wide = try XCTUnwrap(FileManager.default.contents(atPath: path("run/config.yaml")))
    XCTAssertNotEqual(narrow, wide)
    // As if the job had died after its line.
    try narrow.write(to: URL(fileURLWithPath: path("run/config.yaml")))
    try wide.write(to: URL(fileURLWithPath: path("run/config.next.yaml")))
    assertSuccess(try train(data, "run", plain, ["training.seeds=1,2"]))
    XCTAssertEqual(FileManager.default.contents(atPath: path("run/config.yaml")), wide)
  }

  /// A long training that began last would be trained alone at the end.
  func testLongTrainingsComeFirst() throws {
    let data = try synthesize()
    let plain = small.replacing("nested, ", with: "")
    assertSuccess(
      try train(
        data, "run",
        plain
          + "study: [{name: small}, {name: wide, model.dim: 24}, {name: long, training.epochs: 12}]\n"
      ))
    let begun = try RunFiles(path("run")).ledger().compactMap { record -> String? in
      guard record["event"] as? String == "fold-started" else { return nil }
      let task = record["task"] as? [String: Any] ?? [:]
      return "\(task["setting"] ?? "-") \(task["split"] ?? "")"
    }
    let folds = ["sub01", "001", "s1", "sub02", "002"]
    // Sixteen times the weights, four times the epochs, and the run's own setting.
    XCTAssertEqual(
      begun, folds.map { "wide \($0)" } + folds.map { "long \($0)" } + folds.map { "- \($0)" })
    // The report keeps the study's order.
    let listed = try XCTUnwrap(report("run")["settings"] as? [[String: Any]])
    XCTAssertEqual(listed.map { $0["name"] as? String }, ["small", "wide", "long"])
  }

  func testInertSettingsAreSaidAndTrainedOnce() throws {
    let data = try synthesize()
    let plain = small.replacing("nested, ", with: "")
    let ended = try train(data, "run", plain + "study: {model.heads: [1, 2, 3]}\n")
    assertSuccess(ended)
    XCTAssertTrue(
      ended.errors.contains(
        "note: 2 settings of the study cannot differ by a bit from others, and are not trained: heads=2 is "
          + "heads=1 (by model.heads); heads=3 is heads=1 (by model.heads); each block holds one token"
      ), ended.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().count { $0 == "fold-finished" }, 5)
    let listed = try XCTUnwrap(report("run")["settings"] as? [[String: Any]])
    XCTAssertEqual(listed.map { $0["same_as"] as? String }, [nil, "heads=1", "heads=1"])
    XCTAssertEqual(listed[0]["scores"] as? NSDictionary, listed[2]["scores"] as? NSDictionary)
  }

  func testExportAndInspectKnowSettingsAndSeeds() throws {
    let data = try synthesize()
    let plain = small.replacing("nested, ", with: "")
    assertSuccess(
      try train(
        data, "run", plain + "study: {model.dim: [6, 8]}\n",
        ["training.seeds=1,2", "training.keep_weights=true", "folds.include=s1"]))
    func export(_ options: [String]) throws -> Ended {
      try htnet(["export", path("run"), "--fold", "s1", "--output", path("out")] + options)
    }
    var hashes: Set<String> = []
    for options in [
      [], ["--seed", "2"], ["--setting", "dim=8"], ["--setting", "dim=8", "--seed", "1"],
    ] {
      assertSuccess(try export(options))
      let file = try SafetensorsBytes(path("out"))
      hashes.insert(try XCTUnwrap(file.metadata["weights_sha256"]))
      XCTAssertEqual(
        file.metadata["config"]?.contains("\"dim\": 8"), options.contains("dim=8"), "\(options)")
    }
    XCTAssertEqual(hashes.count, 3)
    for (options, message) in [
      (["--seed", "3"], "has no seed 3; its seeds are 1, 2"),
      (["--setting", "dim=7"], "has no setting \"dim=7\"; its settings are dim=6; dim=8"),
    ] {
      let ended = try export(options)
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(ended.errors.contains(message), ended.errors)
    }
    let inspected = try htnet(["inspect", path("run"), "--verify"])
    assertSuccess(inspected)
    XCTAssertTrue(inspected.output.contains("s1 (dim=8, seed 2): finished"), inspected.output)
  }
}
