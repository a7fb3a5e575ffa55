/**
 * Training: from groups of graded runs to advantages and weight updates. For now the contract that trainers implement.
 *
 * @module
 */
export type { GradedRun, RewardGroup, Sample, TrainerV1, TrainStep } from "@hud-ts/core/spec";
