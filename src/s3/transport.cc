#include "s3/transport.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace shoal {
namespace {

using namespace std::chrono_literals;

/// Bytes a second, below which a transfer stands still.
constexpr long kStandstill = 100;
constexpr Duration kLateAnswer = 10min;
/// Of curl's buffers, which small bodies do not need.
constexpr long kLargeBuffer = 256 * 1024;
constexpr std::uint64_t kLargeBody = 1024 * 1024;

using EasyHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// libcurl wants it before its first use, by one thread.
CURLcode initialize_library() {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  return initialized;
}

std::uint64_t size_of(const S3Request& request) {
  const auto* range = std::get_if<FileRange>(&request.body);
  return range != nullptr ? range->size : std::get<std::string>(request.body).size();
}

bool is_permanent(CURLcode code) {
  constexpr std::array<CURLcode, 7> kPermanent = {
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_ISSUER_ERROR,         CURLE_URL_MALFORMAT,      CURLE_UNSUPPORTED_PROTOCOL,
      CURLE_ABORTED_BY_CALLBACK};
  return std::find(kPermanent.begin(), kPermanent.end(), code) != kPermanent.end();
}

std::string failure_text(CURLcode code, const char* details) {
  const std::string why = *details != '\0' ? details : curl_easy_strerror(code);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    return "the server's certificate is not trusted (name the file of its authority with "
           "AWS_CA_BUNDLE): " +
           why;
  }
  return "the server was not reached: " + why;
}

}  // namespace

/// One try of one request. Its address is known to curl.
class S3Transport::Transfer {
 public:
  Transfer(EasyHandle handle, const S3Request& request, OnAnswer on_answer)
      : handle_(std::move(handle)),
        on_answer_(std::move(on_answer)),
        body_(request.body),
        size_(size_of(request)) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void set_up(const S3Request& request, const S3Service& service, const SignedRequest& made,
              const TransportOptions& options);
  S3Answer take_answer(CURLcode code);

  CURL* handle() const { return handle_.get(); }
  EasyHandle release_handle() { return std::move(handle_); }
  OnAnswer& on_answer() { return on_answer_; }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  void set_body(const S3Request& request);
  std::size_t read(char* buffer, std::size_t room);

  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* transfer);
  static int on_seek(void* transfer, curl_off_t offset, int origin);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* transfer);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* transfer);

  EasyHandle handle_;
  OnAnswer on_answer_;
  HeaderList headers_{nullptr, &curl_slist_free_all};
  std::variant<std::string, FileRange> body_;
  std::uint64_t size_;
  std::uint64_t sent_ = 0;
  S3Answer answer_;
  std::array<char, CURL_ERROR_SIZE> details_{};
};

void S3Transport::Transfer::set_up(const S3Request& request, const S3Service& service,
                                   const SignedRequest& made, const TransportOptions& options) {
  const auto seconds_of = [](Duration duration) {
    return static_cast<long>(std::max<Duration>(duration, 1s) / 1s);
  };
  set(CURLOPT_URL, made.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  // The key is signed as it is: "a/../b" is a name like another.
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, seconds_of(options.connect_timeout));
  set(CURLOPT_LOW_SPEED_LIMIT, kStandstill);
  set(CURLOPT_LOW_SPEED_TIME,
      seconds_of(request.is_answered_late ? kLateAnswer : options.stall_timeout));
  set(CURLOPT_ERRORBUFFER, details_.data());
  if (!service.ca_file.empty()) set(CURLOPT_CAINFO, service.ca_file.c_str());
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, this);
  set_body(request);
  for (const std::string& header : made.headers) {
    // "name:" would mean to curl that there is no such header.
    const std::string line =
        header.ends_with(": ") ? header.substr(0, header.size() - 2) + ";" : header;
    headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void S3Transport::Transfer::set_body(const S3Request& request) {
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method != "PUT" && request.method != "POST") return;
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size_));
  set(CURLOPT_READFUNCTION, &on_read);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, &on_seek);
  set(CURLOPT_SEEKDATA, this);
  if (size_ > kLargeBody) set(CURLOPT_UPLOAD_BUFFERSIZE, kLargeBuffer);
}

std::size_t S3Transport::Transfer::read(char* buffer, std::size_t room) {
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, size_ - sent_));
  if (wanted == 0) return 0;
  if (const auto* text = std::get_if<std::string>(&body_)) {
    std::memcpy(buffer, text->data() + sent_, wanted);
    sent_ += wanted;
    return wanted;
  }
  const FileRange& range = std::get<FileRange>(body_);
  ssize_t got = -1;
  do {
    got = ::pread(range.descriptor, buffer, wanted, static_cast<off_t>(range.begin + sent_));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    answer_.file_changed = true;
    return CURL_READFUNC_ABORT;
  }
  sent_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

std::size_t S3Transport::Transfer::on_read(char* buffer, std::size_t size, std::size_t count,
                                           void* transfer) {
  return static_cast<Transfer*>(transfer)->read(buffer, size * count);
}

/// curl sends again when a kept connection turns out to be dead.
int S3Transport::Transfer::on_seek(void* transfer, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  static_cast<Transfer*>(transfer)->sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t S3Transport::Transfer::on_body(char* data, std::size_t size, std::size_t count,
                                           void* transfer) {
  std::string& body = static_cast<Transfer*>(transfer)->answer_.body;
  const std::size_t taken = std::min(size * count, kMostAnswerBytes - body.size());
  body.append(data, taken);
  return size * count;
}

std::size_t S3Transport::Transfer::on_header(char* data, std::size_t size, std::size_t count,
                                             void* transfer) {
  std::string_view line(data, size * count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t colon = line.find(':');
  auto& headers = static_cast<Transfer*>(transfer)->answer_.headers;
  if (line.starts_with("HTTP/")) headers.clear();  // after an answer 100
  if (colon == std::string_view::npos) return size * count;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  headers.insert_or_assign(std::move(name), std::string(value));
  return size * count;
}

S3Answer S3Transport::Transfer::take_answer(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  // A server that refuses a body early may close before it has taken it: its
  // refusal counts. A success counts only when all of it came.
  const bool is_refused = status >= 300 && code == CURLE_SEND_ERROR;
  if (code == CURLE_OK || is_refused) {
    answer_.status = static_cast<int>(status);
  } else {
    answer_.failure = answer_.file_changed ? "the file became shorter while it was uploaded"
                                           : failure_text(code, details_.data());
    answer_.may_pass = !is_permanent(code);
  }
  return std::move(answer_);
}

class S3Transport::Impl {
 public:
  Impl(const S3Service& service, TransportOptions options) : service_(service), options_(options) {
    initialize_library();
    multi_.reset(curl_multi_init());
    const long connections = static_cast<long>(options_.connections);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
  }
  ~Impl() {
    while (!transfers_.empty()) stop(transfers_.begin()->second.get());
  }

  Transfer* start(const S3Request& request, WallTime now, OnAnswer on_answer) {
    auto transfer = std::make_unique<Transfer>(take_handle(), request, std::move(on_answer));
    transfer->set_up(request, service_, sign(request, service_, now), options_);
    curl_multi_add_handle(multi_.get(), transfer->handle());
    Transfer* const started = transfer.get();
    transfers_.emplace(started->handle(), std::move(transfer));
    return started;
  }

  void stop(Transfer* transfer) {
    curl_multi_remove_handle(multi_.get(), transfer->handle());
    keep_handle(transfer->handle());
  }

  void perform() {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      Transfer& transfer = *transfers_.at(message->easy_handle);
      S3Answer answer = transfer.take_answer(code);
      const OnAnswer on_answer = std::move(transfer.on_answer());
      stop(&transfer);
      on_answer(std::move(answer));
    }
  }

  void wait(Duration at_most) {
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::max<long>(milliseconds, 0)),
                    nullptr);
  }
  void wake() { curl_multi_wakeup(multi_.get()); }
  std::size_t active() const { return transfers_.size(); }
  bool has_room() const { return transfers_.size() < options_.connections; }

 private:
  EasyHandle take_handle() {
    if (handles_.empty()) return {curl_easy_init(), &curl_easy_cleanup};
    EasyHandle handle = std::move(handles_.back());
    handles_.pop_back();
    return handle;
  }
  void keep_handle(CURL* handle) {
    const auto found = transfers_.find(handle);
    EasyHandle kept = found->second->release_handle();
    curl_easy_reset(handle);
    transfers_.erase(found);
    handles_.push_back(std::move(kept));
  }

  S3Service service_;
  TransportOptions options_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_{nullptr, &curl_multi_cleanup};
  std::vector<EasyHandle> handles_;  // at rest
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
};

S3Transport::S3Transport(const S3Service& service, TransportOptions options)
    : impl_(std::make_unique<Impl>(service, options)) {}
S3Transport::~S3Transport() = default;

S3Transport::Transfer* S3Transport::start(const S3Request& request, WallTime now,
                                          OnAnswer on_answer) {
  return impl_->start(request, now, std::move(on_answer));
}
void S3Transport::stop(Transfer* transfer) { impl_->stop(transfer); }
std::size_t S3Transport::active() const { return impl_->active(); }
bool S3Transport::has_room() const { return impl_->has_room(); }
void S3Transport::perform() { impl_->perform(); }
void S3Transport::wait(Duration at_most) { impl_->wait(at_most); }
void S3Transport::wake() { impl_->wake(); }

}  // namespace shoal
