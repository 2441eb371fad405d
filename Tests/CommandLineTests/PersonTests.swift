import Foundation
import XCTest

/// The same subject number in two datasets is two people, from the table to the report.
final class PersonTests: CommandLineTestCase {
  /// Made-up data whose subject 001 of samm is called s1, as one of smic is.
  private func data() throws -> String {
    let data = try synthesize()
    for table in ["combined_3_class2_for_optical_flow.csv", "landmarks.csv"] {
      let text = try String(contentsOfFile: data + "/" + table, encoding: .utf8)
      try write(text.replacing("samm,001,clip", with: "samm,s1,other"), to: "data/" + table)
    }
    let images = data + "/STSNet_whole_norm_u_v_os/"
    for name in try FileManager.default.contentsOfDirectory(atPath: images)
    where name.hasPrefix("001_clip") {
      try FileManager.default.moveItem(
        atPath: images + name, toPath: images + "s1_other" + name.dropFirst(8))
    }
    return data
  }

  private func train(_ data: String, _ settings: [String] = []) throws -> Ended {
    try htnet(
      ["train", "--data", data, "--run", path("run")]
        + ([
          "model.dim=6", "model.block_repeats=1,1,1", "training.batch_size=8", "training.epochs=1",
          "training.threads_per_rank=1", "training.keep_weights=true",
        ] + settings).flatMap { ["--set", $0] })
  }

  func testTwoPeopleOfOneNumberAreTwoFolds() throws {
    let data = try data()
    let ambiguous = try train(data, ["folds.exclude=s1"])
    XCTAssertEqual(ambiguous.status, 2)
    XCTAssertTrue(
      ambiguous.errors.contains(
        "folds.exclude: \"s1\" is a subject of several datasets: write samm/s1 or smic/s1"),
      ambiguous.errors)
    assertSuccess(try train(data))
    let run = RunFiles(path("run"))
    XCTAssertEqual(
      Set(run.results.keys), ["sub01", "samm+s1", "smic+s1", "sub02", "002"])
    let shown = try htnet(["report", run.path])
    assertSuccess(shown)
    XCTAssertTrue(shown.output.hasPrefix("Complete: 5 folds, "), shown.output)
    let folds = try XCTUnwrap(run.reportJSON()["folds"] as? [[String: Any]])
    XCTAssertEqual(
      folds.map { $0["subject"] as? String }, ["sub01", "samm/s1", "smic/s1", "sub02", "002"])
    // Every clip is tested once, by its own person's fold.
    let tested = try run.results.mapValues {
      try XCTUnwrap(
        (JSONSerialization.jsonObject(with: $0) as? [String: Any])?["clips"] as? [String])
    }
    XCTAssertTrue(tested["samm+s1"]?.allSatisfy { $0.hasPrefix("other") } == true, "\(tested)")
    XCTAssertTrue(tested["smic+s1"]?.allSatisfy { $0.hasPrefix("clip") } == true, "\(tested)")
    let rows = RunFiles.table(try run.report("predictions.csv")).rows
    XCTAssertEqual(rows.count, tested.values.joined().count)

    let inspected = try htnet(["inspect", "--verify", run.path])
    assertSuccess(inspected)
    XCTAssertTrue(inspected.output.contains("  smic/s1: finished"), inspected.output)
    for (fold, status) in [("smic/s1", 0), ("casme2/sub01", 0), ("s1", 2)] as [(String, Int32)] {
      let exported = try htnet([
        "export", run.path, "--fold", fold, "--output", path("model.safetensors"),
      ])
      XCTAssertEqual(exported.status, status, "\(fold): \(exported.errors)")
    }
  }
}
