#include "s3/signature.h"

#include <gtest/gtest.h>

#include "s3/digest.h"

namespace shoal {
namespace {

// The examples of
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const S3Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                             ""};
const std::string kHost = "examplebucket.s3.amazonaws.com";
const std::string kDate = "20130524T000000Z";
const std::string kEmpty = hex(sha256(""));

// And of AWS's suite of signature tests.
const S3Credentials kSuite{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const std::string kSuiteDate = "20150830T123600Z";

std::string signature(const SignableRequest& request, const S3Credentials& credentials,
                      const SigningScope& scope, const std::string& date) {
  const std::string header = authorization(request, credentials, scope, date);
  return header.substr(header.rfind('=') + 1);
}

std::string of_example(const SignableRequest& request) {
  return signature(request, kExample, {"us-east-1"}, kDate);
}

std::string of_suite(SignableRequest request) {
  request.headers.emplace_back("host", "example.amazonaws.com");
  request.headers.emplace_back("x-amz-date", kSuiteDate);
  request.payload = kEmpty;
  return signature(request, kSuite, {"us-east-1", "service"}, kSuiteDate);
}

TEST(Signature, SignsARangeOfAnObjectAsPublished) {
  const SignableRequest request{"GET",
                                "/test.txt",
                                {},
                                {{"host", kHost},
                                 {"range", "bytes=0-9"},
                                 {"x-amz-content-sha256", kEmpty},
                                 {"x-amz-date", kDate}},
                                kEmpty};
  EXPECT_EQ(authorization(request, kExample, {"us-east-1"}, kDate),
            "AWS4-HMAC-SHA256 "
            "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Signature, SignsAnObjectThatIsPutAsPublished) {
  const std::string payload = hex(sha256("Welcome to Amazon S3."));
  EXPECT_EQ(payload, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  const SignableRequest request{"PUT",
                                "/" + percent_encoded("test$file.text", Slash::kept),
                                {},
                                {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                 {"host", kHost},
                                 {"x-amz-content-sha256", payload},
                                 {"x-amz-date", kDate},
                                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                                payload};
  EXPECT_EQ(of_example(request),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Signature, SignsAQueryWithoutAValueAsPublished) {
  const SignableRequest request{
      "GET",
      "/",
      {{"lifecycle", ""}},
      {{"host", kHost}, {"x-amz-content-sha256", kEmpty}, {"x-amz-date", kDate}},
      kEmpty};
  EXPECT_EQ(of_example(request),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(Signature, SignsAListingAsPublished) {
  const SignableRequest request{
      "GET",
      "/",
      {{"prefix", "J"}, {"max-keys", "2"}},
      {{"host", kHost}, {"x-amz-content-sha256", kEmpty}, {"x-amz-date", kDate}},
      kEmpty};
  EXPECT_EQ(of_example(request),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Signature, AgreesWithTheSuiteOfTests) {
  EXPECT_EQ(of_suite({"GET", "/", {}, {}, {}}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(of_suite({"POST", "/", {}, {}, {}}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  EXPECT_EQ(of_suite({"GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}, {}, {}}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(Signature, JoinsHeadersOfOneNameAndTrimsTheirValues) {
  EXPECT_EQ(
      of_suite({"GET", "/", {}, {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}}, {}}),
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST(Signature, EncodesEveryByteOfAKeyButUnreservedOnesAndTheSlash) {
  EXPECT_EQ(percent_encoded("a b/:+=@&%~*'()", Slash::kept),
            "a%20b/%3A%2B%3D%40%26%25~%2A%27%28%29");
  EXPECT_EQ(percent_encoded("é/", Slash::encoded), "%C3%A9%2F");
}

TEST(Signature, NeverHoldsTheSecret) {
  const SignableRequest request{"GET", "/", {}, {{"host", kHost}}, kEmpty};
  EXPECT_EQ(authorization(request, kExample, {"us-east-1"}, kDate).find(kExample.secret_key),
            std::string::npos);
}

TEST(Signature, WritesTheTimeInUtc) {
  EXPECT_EQ(amz_date(WallTime(std::chrono::seconds(1369353600))), kDate);
}

TEST(Digest, AgreesWithRfc6234AndRfc4231) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base64(sha256("")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace shoal
