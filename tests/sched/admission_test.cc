#include "sched/admission.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Admission, AdmitsAnythingWhenNothingRuns) {
  const Admission admission(1, 1, 100);
  EXPECT_TRUE(admission.fits({.cpus = 1e30, .memory = ~std::uint64_t{0}, .alone = true}));
}

TEST(Admission, LimitsSlotsCpusAndMemoryEach) {
  Admission admission(3, 2.5, 100);
  admission.admit({.cpus = 1, .memory = 60});
  EXPECT_TRUE(admission.fits({.cpus = 1.5, .memory = 40}));
  EXPECT_FALSE(admission.fits({.cpus = 1.6, .memory = 40}));
  EXPECT_FALSE(admission.fits({.cpus = 1.5, .memory = 41}));
  admission.admit({.cpus = 0.5, .memory = 0});
  EXPECT_TRUE(admission.has_free_slot());
  admission.admit({.cpus = 0.5, .memory = 0});
  EXPECT_FALSE(admission.has_free_slot());
  EXPECT_FALSE(admission.fits({.cpus = 0.1, .memory = 0}));
}

TEST(Admission, GivesBackWhatIsReleased) {
  Admission admission(2, 1, 100);
  const Demand demand{.cpus = 1, .memory = 100};
  admission.admit(demand);
  EXPECT_FALSE(admission.fits(demand));
  admission.release(demand);
  EXPECT_TRUE(admission.fits(demand));
}

TEST(Admission, AddsFractionsOfCpusExactly) {
  Admission admission(100, 1, 0);
  const Demand tenth{.cpus = 0.1};
  for (int at = 0; at < 9; ++at) admission.admit(tenth);
  EXPECT_TRUE(admission.fits(tenth));
  admission.admit(tenth);
  EXPECT_FALSE(admission.fits({.cpus = 0.001}));
}

TEST(Admission, LetsNothingRunBesideWhatRunsAlone) {
  Admission admission(9, 9, 0);
  const Demand alone{.alone = true};
  admission.admit({});
  EXPECT_FALSE(admission.fits(alone));
  admission.release({});
  admission.admit(alone);
  EXPECT_FALSE(admission.fits({}));
  admission.release(alone);
  EXPECT_TRUE(admission.fits({}));
}

TEST(Admission, HasAtLeastOneSlot) {
  Admission admission(0, 0, 0);
  EXPECT_TRUE(admission.has_free_slot());
  EXPECT_TRUE(admission.fits({}));
  admission.admit({});
  EXPECT_FALSE(admission.has_free_slot());
}

}  // namespace
}  // namespace shoal
