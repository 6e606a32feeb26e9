import { hash } from "../random.ts";
import type { Board, BoardComment, BoardPost } from "../talk.ts";
import { MINUTE } from "../world.ts";

/** The kinds of gallery that exist here, and their paths. */
export const PATHS = { G: "/board", M: "/mgallery/board" } as const;
/** A kind of gallery: main or minor. */
export type GalleryType = keyof typeof PATHS;

/** A gallery as the simulator knows it. */
export interface Gallery {
  id: string;
  type: GalleryType;
  name: string;
  board: Board;
}

const COMMENTS_A_PAGE = 100;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** `2026-09-17 21:04:43` in Korea. */
const korean = (ms: number): string =>
  new Date(ms + 540 * MINUTE).toISOString().slice(0, 19).replace("T", " ");

/** Comments under a post that count: shells of deleted ones do not. */
const living = (comments: BoardComment[], ms: number): number =>
  comments.filter((c) => c.goneMs === null || c.goneMs > ms).length;

/** A gallery's list page, newest post first, in the site's own layout. */
export function listPage(
  gallery: Gallery,
  page: number,
  size: number,
  token: string,
  ms: number,
): string {
  const { board } = gallery;
  const rows: string[] = [];
  let skip = (page - 1) * size;
  for (let index = board.countAt(ms) - 1; index >= 0; index--) {
    const post = board.post(index);
    if (post.goneMs !== null && post.goneMs <= ms) continue;
    if (skip-- > 0) continue;
    rows.push(postRow(gallery, index, post, page, size, ms));
    if (rows.length === size) break;
  }
  return document(
    gallery,
    token,
    page,
    [SURVEY, ...ADS, notice(gallery, page, size), ...rows].join("\n"),
  );
}

/** The same page after a redesign that no parser knows yet. */
export function redesignedPage(gallery: Gallery, token: string): string {
  const row = `<tr class="post-row"><td class="no">1</td></tr>`;
  return document(gallery, token, 1, row.repeat(50));
}

function document(
  gallery: Gallery,
  token: string,
  page: number,
  rows: string,
): string {
  return `<!DOCTYPE html>
<html lang="ko">
<head>
<meta charset="utf-8">
<title>${gallery.name} 갤러리 - 커뮤니티 포털 디시인사이드</title>
<script>var _GALLERY_TYPE_ = "${gallery.type}";</script>
</head>
<body>
<input type="hidden" id="e_s_n_o" name="e_s_n_o" value="${token}">
<input type="hidden" id="_GALLTYPE_" name="_GALLTYPE_" value="${gallery.type}">
<input type="hidden" id="gallery_id" value="${gallery.id}">
<div class="gall_listwrap list">
<table class="gall_list">
<thead><tr><th scope="col">번호</th><th scope="col">제목</th><th scope="col">글쓴이</th><th scope="col">작성일</th><th scope="col">조회</th><th scope="col">추천</th></tr></thead>
<tbody class="listwrap2 ">
${rows}
</tbody>
</table>
</div>
<div class="bottom_paging_wrap"><div class="bottom_paging_box iconpaging"><em>${page}</em></div></div>
</body>
</html>
`;
}

const SURVEY = `<tr class="ub-content ">
\t\t<td class="gall_num">설문</td>
\t\t<script src="/_js/survey.js"></script>
\t<div id="survey" style="display: none;"></div>
\t<td class="gall_tit ub-word"><a href="javascript:;" class="font_jinred"><em class="icon_img icon_n_survey"></em><b>올해 가장 기다려지는 휴일은?</b></a></td>
\t<td class="gall_writer ub-writer" user_name="운영자" style="cursor: pointer;"><b>운영자</b></td>
\t<td class="gall_date">26/09/14</td>
\t<td class="gall_count">-</td>
\t<td class="gall_recommend">-</td>
</tr>`;

const ADS = ["모의 선물 이벤트", "모의 증권 계좌 안내"].map((text) =>
  `<tr class="ub-content ">
\t\t<td class="gall_num">AD</td>
\t\t<td class="gall_tit ub-word"><a href="https://addc.example.invalid/click?ads_id=1&creative_id=2" target="_blank"><em class="icon_img icon_ad"></em><b>${text}</b></a></td>
\t<td class="gall_writer ub-writer" user_name="운영자" style="cursor: pointer;"><b>운영자</b></td>
\t<td class="gall_date">26/01/01</td>
\t<td class="gall_count">-</td>
\t<td class="gall_recommend">-</td>
</tr>`
);

/** The address of a post, its ampersands unescaped as on the site. */
const href = (gallery: Gallery, no: number, page: number, size: number) =>
  `${
    PATHS[gallery.type]
  }/view/?id=${gallery.id}&no=${no}&list_num=${size}&page=${page}`;

/** The subject cell that only minor galleries have. */
const subject = (gallery: Gallery, text: string): string =>
  gallery.type === "G"
    ? ""
    : `\n\t\t<td class="gall_subject"><p class="subject_inner">${text}</p></td>`;

function notice(gallery: Gallery, page: number, size: number): string {
  const link = href(gallery, 1, page, size);
  return `<tr class="ub-content" data-no="1" data-type="icon_notice" >
\t\t<td class="gall_num">공지</td>${subject(gallery, "공지")}
\t\t<td class="gall_tit ub-word">
\t\t<a href="${link}" view-msg ="">
\t\t<em class="icon_img icon_notice"></em><b><b>${gallery.name} 갤러리 이용 안내</b></b></a>
\t\t<a class="reply_numbox" href="${link}&t=cv"><span class="reply_num">[256]</span></a>\t\t</td>
\t\t<td class="gall_writer ub-writer" data-nick="운영자" data-uid="" data-ip="" data-loc="list"><div class="addbox"><b><b><b>운영자</b></b></b></div></td>
\t\t<td class="gall_date" title="2021-10-05 14:49:21">21.10.05</td>
\t\t<td class="gall_count">312304</td>
\t\t<td class="gall_recommend">58</td>
</tr>`;
}

function postRow(
  gallery: Gallery,
  index: number,
  post: BoardPost,
  page: number,
  size: number,
  ms: number,
): string {
  const { board } = gallery;
  const { nick, uid, ip } = post.writer;
  const comments = living(board.comments(index, post, ms), ms);
  // Now and then some of the answers are spoken: "[12/1]".
  const count = post.no % 37 === 0 ? `${comments}/1` : String(comments);
  const link = href(gallery, post.no, page, size);
  const box = comments === 0
    ? ""
    : `\n\t\t<a class="reply_numbox" href="${link}&t=cv"><span class="reply_num">[${count}]</span></a>`;
  const when = korean(post.ms);
  const today = when.slice(0, 10) === korean(ms).slice(0, 10);
  const shown = today
    ? when.slice(11, 16)
    : when.slice(5, 10).replace("-", ".");
  const icon = post.picture ? "icon_pic" : "icon_txt";
  const interest = hash(board.world.seed, 21, post.no);
  const age = Math.min(1, (ms - post.ms) / (360 * MINUTE));
  const views = 3 + Math.floor((20 + interest % 400) * Math.sqrt(age));
  const likes = interest % 11 === 0 ? Math.floor(age * (interest % 23)) : 0;
  const name =
    `<span class='nickname' title='${nick}'><em>${nick}</em></span>` +
    (ip
      ? `<span class="ip">(${ip})</span>`
      : `<a class="writer_nikcon "><img src="https://nstatic.example.invalid/fix_nik.gif" border="0" alt="갤로그로 이동합니다."></a>`);
  return `<tr class="ub-content us-post" data-no="${post.no}" data-type="${icon}" >
\t\t<td class="gall_num">${post.no}</td>${subject(gallery, "일반")}
\t\t<td class="gall_tit ub-word">
\t\t<a  href="${link}" view-msg ="">
\t\t<em class="icon_img ${icon}"></em>${escape(post.title)}</a>${box}
\t\t</td>
\t\t<td class="gall_writer ub-writer" data-nick="${nick}" data-uid="${uid}" data-ip="${ip}" data-loc="list"><div class="addbox">${name}</div></td>
\t\t<td class="gall_date" title="${when}">${shown}</td>
\t\t<td class="gall_count">${views}</td>
\t\t<td class="gall_recommend">${likes}</td>
</tr>`;
}

/** One page of the comments of a post, as the site answers in JSON. */
export function commentPage(
  gallery: Gallery,
  index: number,
  page: number,
  ms: number,
): string {
  const { board } = gallery;
  const post = board.post(index);
  const all = board.comments(index, post, ms);
  // Nobody can tell there is a post: the site says nothing at all.
  if (all.length === 0) return "";
  const answers = new Map<number, number>();
  for (const { parent } of all) {
    answers.set(parent, (answers.get(parent) ?? 0) + 1);
  }
  const first = (page - 1) * COMMENTS_A_PAGE;
  const rows: unknown[] = all.slice(first, first + COMMENTS_A_PAGE).map((
    comment,
  ) => row(comment, post.no, answers.get(comment.no) ?? 0, ms));
  if (rows.length > 0) rows.splice(Math.min(7, rows.length), 0, advertisement);
  const pages = Math.max(1, Math.ceil(all.length / COMMENTS_A_PAGE));
  const pagination = Array.from(
    { length: pages },
    (_, at) =>
      at + 1 === page
        ? `<em>${at + 1}</em>`
        : `<a href="javascript:viewComments(${at + 1},'D',true)">${at + 1}</a>`,
  );
  return JSON.stringify({
    total_cnt: living(all, ms),
    comment_cnt: 0,
    comments: rows,
    pagination: pagination.join(""),
    allow_reply: 1,
    comment_view_cnt: rows.length === 0 ? 0 : all.length + pages,
    nft: false,
  });
}

function row(
  comment: BoardComment,
  post: number,
  answers: number,
  ms: number,
): unknown {
  const deleted = comment.goneMs !== null && comment.goneMs <= ms;
  const { nick, uid, ip } = comment.writer;
  const when = korean(comment.ms);
  const sameYear = when.slice(0, 4) === korean(ms).slice(0, 4);
  let memo = escape(comment.text);
  if (comment.emoticon) {
    memo =
      `<img class="written_dccon" src="https://dcimg.example.invalid/dccon.php?no=1" conalt="1" alt="1" title="1">`;
  }
  if (deleted) memo = "해당 댓글은 삭제되었습니다.";
  return {
    no: String(comment.no),
    parent: String(post),
    user_id: uid,
    name: nick,
    ip,
    reg_date: (sameYear ? when.slice(5) : when).replaceAll("-", "."),
    nicktype: uid ? "20" : "00",
    t_ch1: "0",
    t_ch2: "0",
    vr_type: "",
    voice: null,
    rcnt: String(answers),
    // A number where it is none, a text where it names one.
    c_no: comment.parent === 0 ? 0 : String(comment.parent),
    depth: comment.parent === 0 ? 0 : 1,
    del_yn: deleted ? "Y" : "N",
    is_delete: deleted ? "1" : "0",
    password_pop: "Y",
    copy_no: null,
    memo,
    my_cmt: "N",
    del_btn: "N",
    mod_btn: "N",
    a_my_cmt: "N",
    reply_w: "Y",
    chk_kfc: "N",
    gallog_icon: `<span>${nick}</span>`,
    vr_player: false,
    vr_player_tag: "",
  };
}

/** A row that the site mixes in among the comments. */
const advertisement = {
  no: 0,
  c_no: 0,
  headnum: "",
  parent: "",
  ismember: "",
  user_id: "",
  name: "댓글돌이",
  gallog_icon: "<span>댓글돌이</span>",
  memo: "이 자리는 광고입니다.",
  reply_w: "N",
  ip: "",
  reg_date: "",
  nicktype: "COMMENT_BOY",
  rcnt: 0,
  depth: 0,
  del_yn: "N",
  pw_ad: "N",
  pw_ch: "",
};
